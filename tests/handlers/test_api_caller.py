from wiring import DEFAULT_TENANT_ID


def test_auth_info_for_release_0_8_says_that_the_token_is_a_runners(service):
    assert service.data("query{authInfo{apiTokenScope}}") == {"authInfo": {"apiTokenScope": "RUNNER"}}


def test_auth_info_for_later_releases_has_scope_and_tenant(service):
    found = service.data("query { auth_info { api_token_scope tenant_id user_id } }")["auth_info"]

    assert found["api_token_scope"] == "RUNNER"
    assert found["tenant_id"] == DEFAULT_TENANT_ID
    assert found["user_id"] is not None
