from poster.comfy import node_finding as comfy
from poster.doctor import file_finding as doctor


def test_in_json_the_place_is_among_the_findings_own_fields() -> None:
    result = doctor.make_file_finding("not_json", "hub.json", 3, "expecting value").as_json()
    assert list(result) == ["code", "file", "line", "trouble", "why", "fix"]
    assert (result["file"], result["line"]) == ("hub.json", 3)
    result = comfy.make_node_finding("cycle", "7", "", "the links form a cycle").as_json()
    assert list(result) == ["code", "node", "input", "trouble", "why", "fix"]
    assert result["node"] == "7"


def test_a_given_fix_replaces_the_catalogues_and_its_reason_stays() -> None:
    usual = doctor.make_file_finding("not_json", "hub.json", None, "trouble")
    better = doctor.make_file_finding("not_json", "hub.json", None, "trouble", "Ask.")
    assert usual.fix
    assert (better.fix, better.why) == ("Ask.", usual.why)
