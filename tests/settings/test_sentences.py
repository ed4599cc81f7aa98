"""Steps of a protocol as sentences: each stands for the mapping that `trona check` shows."""

from pathlib import Path
from typing import Any

import pytest
from strips import strip

from trona.errors import UserError
from trona.model import compose
from trona.settings import read_settings
from trona.settings.protocol import Protocol

WALL: dict[str, Any] = {
    "materials": {
        "a": {"thermal_conductivity": "50 W/m/K", "density": "1000 kg/m^3", "specific_heat_capacity": "1 J/kg/K"}
    },
    "physics": {"heat": {"blocks": ["a"]}},
    "definitions": {"full": "2 W/m^2"},
    "boundaries": {"top": {"heat_flux": "heating"}},
    "initial": {"temperature": "300 K"},
    "outputs": {"extra": {"mean": {"reduce": "mean", "of": "temperature", "on": "a"}}},
    "time": {"step": "0.3 s"},
}
VERBS: dict[str, Any] = {
    "warm": {"set": {"heating": "value"}, "until": {"mean": {"above": "value"}}, "step": "0.1 s"},
    "cool": {"set": {"heating": "-value / 4"}, "until": {"mean": {"below": "value"}, "heat_in": "9 J/m^2"}},
    "rest": {},
    "ramp": {"set": {"heating": {"table": [["0 s", "0 W/m^2"], ["1 s", "value"]], "of": "step_time"}}},
    "hold": {"until": {"mean": {"above": "value", "below": "290 K"}}},
    "watch": {"until": {"heat_in": "9 J/m^2", "mean": {"above": "300 K + value", "below": "300 K - value"}}},
}


def protocol(folder: Path, steps: list[Any], verbs: Any = VERBS) -> Protocol:
    given = {"controls": {"heating": "0 W/m^2"}, "integrals": {"heat_in": "heating"}, "verbs": verbs, "steps": steps}
    deck = strip(folder, [("a", 1e-3, 2)], **WALL, protocol=given)
    found = read_settings(compose(deck)).protocol
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("sentence", "step"),
    [
        ("REST FOR 2 hours", {"name": "rest", "until": {"time": "2 h"}}),
        ("Rest for 2 hours", {"name": "rest", "until": {"time": "2 h"}}),
        ("rest for 30 minutes.", {"name": "rest", "until": {"time": "30 min"}}),
        ("rest for 1.5 s or until heat_in reaches 1 J/m^2", None),
        (
            "Warm at 2 W/m^2 until 310 K",
            {"name": "warm", "set": {"heating": "2 W/m^2"}, "until": {"mean": {"above": "310 K"}}, "step": "0.1 s"},
        ),
        ("Rest for 1 hour 30 minutes", {"name": "rest", "until": {"time": "1 h + 30 min"}}),
        ("Rest for 1h30min", {"name": "rest", "until": {"time": "1 h + 30 min"}}),
        ("Rest for 1 h 5 min and 1.5 seconds", {"name": "rest", "until": {"time": "1 h + 5 min + 1.5 s"}}),
        (
            "Ramp at 2 W/m^2 for 3 s",
            {
                "name": "ramp",
                "set": {"heating": {"table": [["0 s", "0 W/m^2"], ["1 s", "2 W/m^2"]], "of": "step_time"}},
                "until": {"time": "3 s"},
            },
        ),
        (
            "Warm at full until mean below 290 K or mean above 310 K",
            {
                "name": "warm",
                "set": {"heating": "full"},
                "until": {"mean": {"below": "290 K", "above": "310 K"}},
                "step": "0.1 s",
            },
        ),
        ("Hold for 1 s", {"name": "hold", "until": {"mean": {"below": "290 K"}, "time": "1 s"}}),
        ("Hold until 310 K", {"name": "hold", "until": {"mean": {"below": "290 K", "above": "310 K"}}}),
        (
            "Warm at full until 40 degC or for 1 second",
            {
                "name": "warm",
                "set": {"heating": "full"},
                "until": {"mean": {"above": "40 degC"}, "time": "1 s"},
                "step": "0.1 s",
            },
        ),
        (
            "Cool at full + 1 W/m^2 for 2 * 3 s until mean below 290 K",
            {
                "name": "cool",
                "set": {"heating": "-(full + 1 W/m^2) / 4"},
                "until": {"heat_in": "9 J/m^2", "time": "2 * 3 s", "mean": {"below": "290 K"}},
            },
        ),
    ],
)
def test_a_sentence_is_the_step_that_it_says(tmp_path: Path, sentence: str, step: Any) -> None:
    if step is None:  # a limit on an integral that stays zero is refused as in a mapping
        with pytest.raises(UserError, match="never reaches its limit"):
            protocol(tmp_path, [sentence])
        return
    ((_, said),) = protocol(tmp_path, [sentence]).program
    ((_, written),) = protocol(tmp_path, [step]).program
    assert said.text == written.text
    assert (said.name, said.duration, said.first, said.limits) == (
        written.name,
        written.duration,
        written.first,
        written.limits,
    )
    for name, value in said.settings.items():
        times = [{"t": 0.0, "step_time": time} for time in (0.0, 0.4, 2.0)]
        assert [value.evaluate(time) for time in times] == [written.settings[name].evaluate(time) for time in times]
    assert said.settings.keys() == written.settings.keys()


def test_sentences_stand_in_loops_beside_mappings(tmp_path: Path) -> None:
    found = protocol(tmp_path, [{"repeat": 2, "steps": ["Warm at full for 1 s", "Rest for 1 s"]}, VERB_FREE])
    assert [(cycle, step.name) for cycle, step in found.program] == [
        (1, "warm"),
        (1, "rest"),
        (2, "warm"),
        (2, "rest"),
        (3, "end"),
    ]
    assert list(found.sentences) == ["Warm at full for 1 s", "Rest for 1 s"]
    assert found.sentences["Warm at full for 1 s"] == (
        "{name: warm, set: {heating: full}, until: {time: 1 s}, step: 0.1 s}"
    )


VERB_FREE = {"name": "end", "until": {"time": "1 s"}}


@pytest.mark.parametrize(
    ("sentence", "message"),
    [
        ("Wram at full for 1 s", "no verb 'Wram'; nearest: warm"),
        ("Charge at full for 1 s", "no verb 'Charge'"),
        ("for 1 s", "no verb 'for 1 s'"),
        ("Rest at full for 1 s", "'at full' has no place: 'rest' sets no value"),
        ("Warm for 1 s", "'at VALUE' is missing: 'warm' sets the value"),
        ("Warm for 1 s at full", "'at' stands once, behind the verb"),
        ("Warm at full at full for 1 s", "'at' stands once"),
        ("Rest for 1 s for 2 s", "two limits on 'time'"),
        ("Rest for 1 s or 2 s", "after 'or' comes 'for' or 'until'"),
        ("Rest or 2 s", "after 'or' comes 'for' or 'until'"),
        ("Rest until 300 K", "'rest' leaves no limit open"),
        ("Warm at full until mean 310 K", "protocol.steps"),
        ("Warm at full until 310 K or mean above 320 K", "two limits on 'mean'; it may have one above and one below"),
        ("Warm at full until mean above 290 K or mean below 310 K", "always above the one value or below the other"),
        ("Warm at full until heat_in above 1 J/m^2", "'heat_in reaches VALUE' in a sentence"),
        ("Warm at full until mean reaches 310 K", "in a sentence, 'mean above VALUE' or 'mean below VALUE'"),
        ("Rest for 1 hour 30", "expected an operator, got '30'"),
        ("Ramp for 3 s", "'at VALUE' is missing"),
        ("Ramp at 2 K for 3 s", "expected a quantity in W/m"),
        ("Warm at full until 310 W", "expected a quantity in K, got '310 W'"),
        ("Warm at 2 kg until 310 K", "expected a quantity in W/m"),
        ("Warm at full until maen above 310 K", "nearest: mean"),
        ("Rest for 1 hour and a half", "the unit 'a' needs a number"),
        ("Warm at full", "step 'warm' has no limit"),
        ("Rest for", "no verb 'Rest for'"),
        ("Rest for 1 s until", "protocol.steps"),
    ],
)
def test_a_sentence_that_says_too_little_or_too_much_is_refused_where_it_is(
    tmp_path: Path, sentence: str, message: str
) -> None:
    with pytest.raises(UserError) as caught:
        protocol(tmp_path, [VERB_FREE, sentence])
    assert message in str(caught.value)
    assert "protocol.steps[1]" in str(caught.value)


@pytest.mark.parametrize(
    ("verbs", "message"),
    [
        ({"Warm up": {}}, "'Warm up' is not a verb"),
        ({"warm": {"sets": {}}}, "nearest: set"),
        (
            {"warm": {"set": {"heatin": "value"}, "until": {"mean": {"above": "value"}}}},
            "no control 'heatin'; nearest: heating",
        ),
        ({"warm": {"set": {"heating": "value"}, "until": {"mean": {"above": "value"}, "heat_in": "value"}}}, "several"),
        ({**VERBS, "hold": {"until": {"mean": {"over": "value"}}}}, "{below: VALUE} or both, got"),
        ({**VERBS, "hold": {"set": {"heatin": "value"}}}, "nearest: heating"),
        ({**VERBS, "hold": {"until": {"maen": {"above": "300 K"}}}}, "nearest: mean"),
    ],
)
def test_wrong_verbs_are_refused(tmp_path: Path, verbs: Any, message: str) -> None:
    with pytest.raises(UserError) as caught:
        protocol(tmp_path, ["Warm at full until 310 K"], verbs)
    assert message in str(caught.value)


@pytest.mark.parametrize("item", [5, 1.5, True, None])
def test_what_is_no_step_is_refused(tmp_path: Path, item: Any) -> None:
    with pytest.raises(UserError, match="expected a step, a loop or a sentence"):
        protocol(tmp_path, [VERB_FREE, item])


def test_without_verbs_a_sentence_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        protocol(tmp_path, ["Rest for 1 s"], None)
    assert "declare it in protocol.verbs" in str(caught.value)
