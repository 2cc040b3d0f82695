"""The one tree of errors; the type, never the message, decides what happens next.

OverhealError
├── InputError          the input as a whole cannot be read: exit 1
│   └── UnrecognisedFormat
├── RecordError         one record is refused: dead letter, go on
├── ConfigError         a configuration or catalog file is wrong: exit 1
│   └── OptionError     an option of a command says what cannot be: exit 2
├── StoreError          the store refused: stop
│   ├── StoreBusy       another process holds the folder
│   ├── StoreNewer      written by a newer version
│   ├── QuestionRefused a question that a stranger asks is none, or reaches beyond the store
│   └── StoreUnavailable  cannot be reached, or has no room just now: retry with backoff
├── BrokerError         Kafka refused: stop
│   ├── BrokerUnavailable  cannot be reached just now: retry with backoff
│   └── TopicError      a topic is missing or wrong; the text names the command that repairs it
├── PoisonError         nothing but refused records: stop rather than drain a topic
└── OutputError         what was computed cannot be written: exit 1
"""

from __future__ import annotations


class OverhealError(Exception):
    """Every error overheal raises on purpose; its text is a sentence for a person."""


class InputError(OverhealError):
    """The input as a whole cannot be read."""


class UnrecognisedFormat(InputError):  # noqa: N818 - reads as a sentence where it is raised
    """No adapter knows the format; the text says what was tried and what the bytes look like."""


class RecordError(OverhealError):
    """One record is refused and becomes a dead letter.

    `code` is a short stable word for counting; `path` is the JSON path of the field (`$` for the
    document); `remedy` says what to change.
    """

    def __init__(self, code: str, path: str, problem: str, remedy: str) -> None:
        super().__init__(f"{path}: {problem}; {remedy}")
        self.code = code
        self.path = path
        self.problem = problem
        self.remedy = remedy


class ConfigError(OverhealError):
    """A configuration or catalog file is wrong; the text names file, key and nearest valid name."""


class OptionError(ConfigError):
    """An option says what cannot be; `option` is its name, the text says what to write."""

    def __init__(self, option: str, text: str) -> None:
        super().__init__(f"{option}: {text}")
        self.option = option
        self.text = text


class StoreError(OverhealError):
    """The store refused a statement or cannot be reached."""


class StoreBusy(StoreError):  # noqa: N818
    """Another process holds the store's folder."""


class StoreNewer(StoreError):  # noqa: N818
    """The store was written by a newer version of overheal."""


class QuestionRefused(StoreError):  # noqa: N818
    """A question that a stranger asks is none, or reaches beyond the store."""


class StoreUnavailable(StoreError):  # noqa: N818
    """The store cannot be reached, or cannot take anything just now; the same call may succeed."""


class BrokerError(OverhealError):
    """Kafka refused what was asked of it."""


class BrokerUnavailable(BrokerError):  # noqa: N818
    """Kafka cannot be reached just now; the same call may succeed later."""


class TopicError(BrokerError):
    """A topic is missing or not as it must be; the text names the command that repairs it."""


class PoisonError(OverhealError):
    """A topic holds nothing but records that are refused; somebody has to look at it."""


class OutputError(OverhealError):
    """What was computed cannot be written where it was asked for."""
