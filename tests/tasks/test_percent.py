from tasks.percent import in_percent


def test_a_share_stands_with_its_interval_in_per_cent():
    assert in_percent({"value": 0.4976, "low": 0.454, "high": 0.5421}) == "49.8 [45.4, 54.2]"
