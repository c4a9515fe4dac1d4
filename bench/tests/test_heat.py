from bench.heat import TENANT, simulate
from storage.layout.keys import Keys

SHARDS = 16
CREATIONS, CHANGES = 1_000, 3_000


def test_load_of_one_flow_spreads_over_all_shards():
    heat = simulate(Keys(TENANT, SHARDS), CREATIONS, CHANGES)

    assert max(heat["table"].values()) == 2
    for index in ("by_tenant", "by_flow", "by_name"):
        assert heat[index].total() == CREATIONS
        assert len(heat[index]) == SHARDS
        assert max(heat[index].values()) < 2 * CREATIONS / SHARDS
    # A creation is one entry in the queue. Submitted moves it to live, Running moves nothing, Success removes
    # it.
    assert heat["by_status"].total() == CREATIONS + 3 * CHANGES // 3
    assert len(heat["by_status"]) == 2 * SHARDS
