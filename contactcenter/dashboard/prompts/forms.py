"""The editor's form: what is said in sections, and beside it how the session is set."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import QueryDict

from agents import session_rules
from agents.models import PromptVersion
from agents.prompt_sections import KINDS, OWN, STEP, Section

_MOST_ROWS = 40
_PLAIN_KINDS = [kind for kind in KINDS if kind not in (STEP, OWN)]


class VariablesField(forms.CharField):
    """Variables as lines of `name: text`."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}), **kwargs)

    def prepare_value(self, value: Any) -> Any:
        """A mapping as its lines."""
        return "\n".join(f"{name}: {text}" for name, text in value.items()) if isinstance(value, dict) else value

    def to_python(self, value: Any) -> Any:
        """Lines as a mapping."""
        variables: dict[str, str] = {}
        for line in str(value or "").splitlines():
            name, colon, text = line.partition(":")
            if line.strip() and not colon:
                raise forms.ValidationError(f"“{line.strip()[:40]}” has no colon: write a name, a colon, and the text.")
            if line.strip():
                variables[name.strip()] = text.strip()
        return variables

    def validate(self, value: Any) -> None:
        """Names are looked at with the other settings."""

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether it was touched is of no interest."""
        return True


class DraftForm(forms.ModelForm):
    """Everything of a draft but its sections."""

    own_variables = VariablesField(
        label="Variables of its own",
        help_text="One a line: hours: Monday to Friday, nine to six. They may hold others.",
    )
    stored_prompt_variables = VariablesField(label="Its variables", help_text="One a line: topic: {{topic}}.")

    class Meta:
        model = PromptVersion
        fields = (
            *("note", "instructions", "greeting", "is_greeting_interruptible", "own_variables"),
            *("stored_prompt_id", "stored_prompt_version", "stored_prompt_variables"),
            *("model", "voice", "speed", "language", "language_mode", "other_languages"),
            *("transcription_model", "noise_reduction", "model_audio"),
            *("turn_detection", "vad_threshold", "prefix_padding_ms", "silence_duration_ms", "eagerness"),
            *("barge_in_ms", "backchannel_words", "is_keypad_told", "silence_prompt_s", "max_call_s"),
            *("max_output_tokens", "truncation", "retention_ratio", "context_tokens", "is_old_sound_replaced"),
        )
        widgets = {
            "instructions": forms.Textarea(attrs={"rows": 8}),
            "greeting": forms.Textarea(attrs={"rows": 2}),
            "voice": forms.TextInput(attrs={"list": "voices"}),
            "transcription_model": forms.TextInput(attrs={"list": "transcription-models"}),
        }

    LISTS = {"voices": session_rules.VOICES, "transcription-models": session_rules.TRANSCRIPTION_MODELS}
    PARTS = (
        ("Stored at OpenAI", ("stored_prompt_id", "stored_prompt_version", "stored_prompt_variables")),
        ("Voice and languages", ("voice", "speed", "language", "language_mode", "other_languages")),
        (
            "How it listens",
            (
                *("turn_detection", "vad_threshold", "prefix_padding_ms", "silence_duration_ms", "eagerness"),
                *("noise_reduction", "transcription_model", "barge_in_ms", "backchannel_words"),
            ),
        ),
        ("The call", ("is_greeting_interruptible", "is_keypad_told", "silence_prompt_s", "max_call_s")),
        (
            "Model",
            (
                *("model", "model_audio", "max_output_tokens"),
                *("truncation", "retention_ratio", "context_tokens", "is_old_sound_replaced"),
            ),
        ),
    )

    def parts(self) -> list[tuple[str, list[forms.BoundField], bool]]:
        """The settings in groups: heading, fields, and whether one of them has an error."""
        groups = [(title, [self[name] for name in names]) for title, names in self.PARTS]
        return [(title, fields, any(field.errors for field in fields)) for title, fields in groups]


@dataclass(frozen=True, slots=True)
class Row:
    """One section as the editor shows it."""

    name: str  # how its fields begin
    heading: str
    help: str
    section: Section
    phrases: str = ""
    is_blank: bool = False


def rows(sections: list[Section]) -> dict[str, list[Row]]:
    """The editor's rows: every usual section, then steps and own ones with an empty one after them."""
    by_kind = {one.kind: one for one in sections}
    plain = [
        Row(f"section-{kind}", KINDS[kind].heading, KINDS[kind].help, by_kind.get(kind, Section(kind, "")))
        for kind in _PLAIN_KINDS
    ]
    return {"plain": plain, "steps": _numbered(sections, STEP), "own": _numbered(sections, OWN)}


def _numbered(sections: list[Section], kind: str) -> list[Row]:
    there = [one for one in sections if one.kind == kind]
    return [
        Row(f"{kind}-{n}", one.heading, KINDS[kind].help, one, "\n".join(one.phrases), is_blank=n == len(there))
        for n, one in enumerate([*there, Section(kind, "")])
    ]


def sections_from(data: QueryDict) -> list[dict[str, Any]]:
    """The sections of a sent form, as plain data; those without a word are left out."""
    found = [Section(kind, data.get(f"section-{kind}-text", "").strip()) for kind in _PLAIN_KINDS]
    found += [_sent(data, kind, n) for kind in (STEP, OWN) for n in range(_MOST_ROWS)]
    return [one.as_data() for one in found if one.whole.strip() or one.title]


def _sent(data: QueryDict, kind: str, n: int) -> Section:
    def field(name: str) -> str:
        return data.get(f"{kind}-{n}-{name}", "").replace("\r\n", "\n").strip()

    phrases = tuple(line.strip() for line in field("phrases").splitlines() if line.strip())
    return Section(kind, field("text"), field("title"), phrases, field("exit"))
