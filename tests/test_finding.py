from poster.comfy import node_finding as comfy
from poster.doctor import file_finding as doctor


def test_in_json_the_place_stands_among_the_findings_own_fields() -> None:
    told = doctor.find("not_json", "hub.json", 3, "expecting value").as_json()
    assert list(told) == ["code", "file", "line", "trouble", "why", "fix"]
    assert (told["file"], told["line"]) == ("hub.json", 3)
    told = comfy.find("cycle", "7", "", "goes round in a circle").as_json()
    assert list(told) == ["code", "node", "input", "trouble", "why", "fix"]
    assert told["node"] == "7"


def test_a_better_fix_takes_the_place_of_the_catalogues_and_its_reason_stays() -> None:
    usual = doctor.find("not_json", "hub.json", None, "trouble")
    better = doctor.find("not_json", "hub.json", None, "trouble", "Ask.")
    assert usual.fix
    assert (better.fix, better.why) == ("Ask.", usual.why)
