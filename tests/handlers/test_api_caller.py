from wiring import DEFAULT_TENANT_ID


def test_an_agent_of_release_0_8_learns_that_its_token_is_for_running(service):
    assert service.data("query{authInfo{apiTokenScope}}") == {"authInfo": {"apiTokenScope": "RUNNER"}}


def test_later_releases_learn_it_in_their_spelling_and_their_tenant(service):
    found = service.data("query { auth_info { api_token_scope tenant_id user_id } }")["auth_info"]

    assert found["api_token_scope"] == "RUNNER"
    assert found["tenant_id"] == DEFAULT_TENANT_ID
    assert found["user_id"] is not None
