"""A node's class in ComfyUI's source -> its inputs and outputs, in poster/comfy/nodes.json's form.

Reads both schemas: the older one, with INPUT_TYPES and RETURN_TYPES, and V3's define_schema. Takes
names, types, bounds, choices and short defaults, never a description or a tooltip.

Source: ComfyUI 0.33.0, comfy_api/latest/_io.py and execution.validate_inputs.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from tools.comfyui.evaluate import Evaluator
from tools.comfyui.values import UNKNOWN, Class, Files, Function, Instance, to_plain

ANY = "*"
_LITERALS = {"INT", "FLOAT", "STRING", "BOOLEAN", "COMBO"}
_SEEDS = {"seed", "noise_seed"}
"""INT inputs that the editor follows by control_after_generate without being asked to."""

_UPLOADS = ("image_upload", "audio_upload", "video_upload", "file_upload")
_MAX_DEFAULT = 40
"""Longer defaults are texts, which are not taken."""

_SCALARS = (str, int, float)

Entry = dict[str, object]


@dataclass
class Declaration:
    """What one class declares.

    Args:
        entry: as nodes.json has it.
        gaps: inputs whose type, choices or bounds the source alone does not determine.
    """

    entry: Entry
    gaps: list[str] = field(default_factory=list)


class UnreadableError(Exception):
    """A class whose declaration could not be evaluated."""


def read_declaration(evaluator: Evaluator, node: Class) -> Declaration:
    """Read a node's class.

    Args:
        evaluator: of its tree.
        node: the class.

    Returns:
        What it declares.

    Raises:
        UnreadableError: its inputs or outputs could not be evaluated.
    """
    if isinstance(evaluator.get(node, "define_schema"), Function):
        return _Reader(evaluator, node).read_v3(read_schema(evaluator, node))
    return _Reader(evaluator, node).read_v1()


def read_schema(evaluator: Evaluator, node: Class) -> Instance:
    """Evaluate define_schema.

    Args:
        evaluator: of its tree.
        node: a class with V3's schema.

    Returns:
        The schema.

    Raises:
        UnreadableError: it could not be evaluated.
    """
    schema = evaluator.call(evaluator.get(node, "define_schema"))
    if not isinstance(schema, Instance):
        raise UnreadableError("define_schema")
    return schema


class _Reader:
    """Reads one class, and collects its gaps."""

    def __init__(self, evaluator: Evaluator, node: Class) -> None:
        self._evaluator = evaluator
        self._node = node
        self._gaps: list[str] = []

    # The older schema

    def read_v1(self) -> Declaration:
        declared = self._evaluator.call(self._evaluator.get(self._node, "INPUT_TYPES"))
        kinds = self._evaluator.get(self._node, "RETURN_TYPES")
        if not isinstance(declared, dict) or not isinstance(kinds, (list, tuple)):
            raise UnreadableError("INPUT_TYPES or RETURN_TYPES")
        checked = _list_parameters(self._evaluator.get(self._node, "VALIDATE_INPUTS"))
        inputs: dict[str, Entry] = {}
        for group in ("required", "optional"):
            members = declared.get(group, {})
            if not isinstance(members, dict):
                raise UnreadableError(group)
            for name, declaration in members.items():
                entry = self._read_tuple(str(name), declaration)
                if group == "optional":
                    entry["optional"] = True
                inputs[str(name)] = _leave_to(checked, str(name), entry)
        outputs = [self._name_kind(kind) for kind in kinds]
        names = to_plain(self._evaluator.get(self._node, "RETURN_NAMES"))
        is_end = self._evaluator.get(self._node, "OUTPUT_NODE") is True
        # In the older schema, a list of choices is itself the type, which a COMBO does not match.
        entry = {"lists": True, **_describe_node(checked, outputs, names, is_end=is_end)}
        return Declaration({**entry, "inputs": inputs}, self._gaps)

    def _read_tuple(self, name: str, declaration: object) -> Entry:
        if not isinstance(declaration, (list, tuple)) or not declaration:
            self._gaps.append(name)
            return {"kind": ANY}
        kind = declaration[0]
        options = declaration[1] if len(declaration) > 1 else {}
        given = options if isinstance(options, dict) else {}
        if not isinstance(to_plain(kind), str):
            return self._describe(name, "COMBO", {**given, "options": kind})
        return self._describe(name, self._name_kind(kind), given)

    # V3

    def read_v3(self, schema: Instance) -> Declaration:
        values = schema.values
        inputs, outputs = values.get("inputs"), values.get("outputs")
        if not isinstance(inputs, (list, type(None))) or not isinstance(
            outputs, (list, type(None))
        ):
            raise UnreadableError("inputs or outputs")
        checked = _list_parameters(self._evaluator.get(self._node, "validate_inputs"))
        read = {
            name: _leave_to(checked, name, entry)
            for name, entry in self._read_inputs(inputs or []).items()
        }
        kinds = [self._io_type(output) for output in outputs or []]
        names = [
            output.values.get("display_name") or output.values.get("id")
            if isinstance(output, Instance)
            else None
            for output in outputs or []
        ]
        is_end = values.get("is_output_node") is True
        entry = _describe_node(checked, kinds, names, is_end=is_end)
        return Declaration({**entry, "inputs": read}, self._gaps)

    def _read_inputs(self, inputs: list[object]) -> dict[str, Entry]:
        read: dict[str, Entry] = {}
        for given in inputs:
            if not isinstance(given, Instance) or not isinstance(
                given.values.get("id"), (str, Instance)
            ):
                raise UnreadableError("an input")
            name, entry = self._read_input(given)
            read[name] = entry
        return read

    def _read_input(self, given: Instance) -> tuple[str, Entry]:
        values = given.values
        owner = given.made_of.owner
        kind = owner.name if owner else ""
        if kind == "MultiType":
            name, entry = self._read_multi_type(values)
        else:
            name = str(values["id"])
            if kind == "Autogrow":
                entry = self._read_autogrow(values.get("template"))
            elif kind == "DynamicCombo":
                entry = self._read_dynamic_combo(values.get("options"))
            else:
                options = {
                    **values,
                    "forceInput": values.get("force_input"),
                    "multiselect": kind == "MultiCombo",
                }
                entry = self._describe(name, self._io_type(given), options)
                has_widget = given.made_of.derives_from("WidgetInput") and not values.get(
                    "force_input"
                )
                if has_widget and entry["kind"] not in {*_LITERALS, "FILE"}:
                    entry["widget"] = True
        if values.get("optional") is True:
            entry["optional"] = True
        return name, entry

    def _read_multi_type(self, values: Mapping[str, object]) -> tuple[str, Entry]:
        types = values.get("types")
        kinds = [self._io_type(one) for one in types] if isinstance(types, (list, tuple)) else [ANY]
        inner = values["id"]
        if not isinstance(inner, Instance):
            return str(inner), {"kind": ",".join(dict.fromkeys(kinds))}
        name, entry = self._read_input(inner)
        own = "COMBO" if entry["kind"] == "FILE" else str(entry["kind"])
        entry["kind"] = ",".join(dict.fromkeys([own, *kinds]))
        entry["widget"] = True
        return name, entry

    def _read_autogrow(self, template: object) -> Entry:
        if not isinstance(template, Instance) or not isinstance(
            template.values.get("input"), Instance
        ):
            raise UnreadableError("an autogrow template")
        values = {name: to_plain(value) for name, value in template.values.items()}
        _, entry = self._read_input(template.values["input"])  # type: ignore[arg-type]
        if "prefix" in values:
            names: object = [
                f"{values['prefix']}{number}" for number in range(int(str(values["max"])))
            ]
        else:
            names = values.get("names")
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise UnreadableError("an autogrow template's names")
        return {"kind": "AUTOGROW", "names": names, "required": values.get("min", 1), "each": entry}

    def _read_dynamic_combo(self, options: object) -> Entry:
        if not isinstance(options, (list, tuple)):
            raise UnreadableError("a dynamic combo's options")
        read: dict[str, object] = {}
        for option in options:
            inputs = option.values.get("inputs") if isinstance(option, Instance) else None
            if not isinstance(option, Instance) or not isinstance(inputs, (list, tuple)):
                raise UnreadableError("a dynamic combo's option")
            read[str(to_plain(option.values["key"]))] = self._read_inputs(list(inputs))
        return {"kind": "DYNAMIC_COMBO", "options": read}

    def _io_type(self, made: object) -> str:
        """The type of an input, an output or one of the classes that contain them."""
        owner = made.made_of.owner if isinstance(made, Instance) else made
        if isinstance(made, Instance) and owner is None:
            owner = made.made_of
        return self._name_kind(
            self._evaluator.get(owner, "io_type") if isinstance(owner, Class) else UNKNOWN
        )

    # Both

    def _name_kind(self, kind: object) -> str:
        plain = to_plain(kind)
        if isinstance(plain, str):
            matching = "COMFY_MATCHTYPE_V3"
            return ANY if plain == matching else plain
        return "COMBO" if isinstance(kind, (list, tuple, Files)) else ANY

    def _describe(self, name: str, kind: str, options: Mapping[str, object]) -> Entry:
        entry: Entry = {"kind": kind}
        choices = options.get("options")
        if kind == "COMBO":
            entry |= self._describe_choices(name, choices, options)
        default = to_plain(options.get("default"))
        if isinstance(default, (str, int, float, bool)):
            is_text = isinstance(default, str) and (len(default) > _MAX_DEFAULT or "\n" in default)
            entry["default"] = "" if is_text and kind == "STRING" else default
        for ours, theirs in (("low", "min"), ("high", "max")):
            bound = to_plain(options.get(theirs))
            if isinstance(bound, (int, float)) and math.isfinite(bound):
                entry[ours] = bound
            elif bound is UNKNOWN:
                self._gaps.append(name)
        is_seed = kind == "INT" and name in _SEEDS
        if to_plain(options.get("control_after_generate")) or is_seed:
            entry["control"] = True
        if options.get("forceInput") is True and kind in _LITERALS:
            entry["widget"] = False
        return entry

    def _describe_choices(self, name: str, choices: object, options: Mapping[str, object]) -> Entry:
        upload = options.get("upload") or any(options.get(one) for one in _UPLOADS)
        if isinstance(choices, Files) or upload:
            beside = to_plain(choices.others) if isinstance(choices, Files) else []
            others = [one for one in beside if isinstance(one, _SCALARS)]  # type: ignore[attr-defined]
            folder = choices.folder if isinstance(choices, Files) else "input"
            return {"kind": "FILE", "folder": folder, **({"choices": others} if others else {})}
        if isinstance(choices, Class):
            choices = self._evaluator.list_members(choices)
        plain = to_plain(choices)
        entry: Entry = {"many": True} if options.get("multiselect") is True else {}
        if not isinstance(plain, list) or not all(isinstance(one, _SCALARS) for one in plain):
            self._gaps.append(name)
            return entry
        entry["choices"] = plain
        if plain:
            # The editor's value for a new widget, where nothing else is said.
            entry["default"] = plain[0]
        return entry


def _describe_node(
    checked: set[str] | None, kinds: list[str], names: object, *, is_end: bool
) -> Entry:
    entry: Entry = {"outputs": kinds}
    if isinstance(names, list):
        known = [
            name if isinstance(name, str) else kind
            for name, kind in zip(names, kinds, strict=False)
        ]
        if known != kinds:
            entry["names"] = known
    if is_end:
        entry["ends"] = True
    if checked and "input_types" in checked:
        entry["links"] = True
    return entry


def _list_parameters(function: object) -> set[str] | None:
    """The parameters of a class's own check; None if it has none, and ANY if it takes all."""
    if not isinstance(function, Function) or function.home is None:
        return None
    if function.home.name in ("ComfyNode", "_ComfyNodeBaseInternal", "_ComfyNodeInternal"):
        return None
    spec = function.node.args
    names = {one.arg for one in (*spec.args, *spec.kwonlyargs)}
    return names | ({ANY} if spec.kwarg else set())


def _leave_to(checked: set[str] | None, name: str, entry: Entry) -> Entry:
    """Leave out the bounds and choices that ComfyUI leaves to the class's own check."""
    if checked and (name in checked or ANY in checked):
        return {key: value for key, value in entry.items() if key not in ("low", "high", "choices")}
    return entry
