"""Fold the history of a ticket into its facts: what happened on which day, to which party, about what. Pure.

A fact is added for the day on which something ended, with the values that the ticket had until then: what has been
counted never changes afterwards. The amounts and their definitions are those of `docs/chiffres.md`:

- **opened**: the day of the opening, for the party that got the ticket then.
- **answered**, **answer**: the first answer, for the party that gave it; seconds that the parties had the ticket until
  then, each counted in its own hours. **resolved**, **resolution**: the same for each end of an open ticket.
- **routed**, **direct**: at the first end, for the party that the decision named: whether it stayed there until then.
- **passed** (from `party` to `to_party`), **wrong** where the text or a fact said so, **contested**; **lost**: what the
  giver had it for nothing; **loops**: it goes back to a party that had it before. **ruled**, **upheld**: at the first
  end, for a party that contested: whether another one ended it.
- **held**, **elapsed**: a stretch of its life that ended, in the party's own hours and on the clock; `party` is « » for
  a stretch of nobody's. The elapsed stretches of a closed ticket add up to its life.
- **waiting**: open at the end of a Sunday, by class of age.
- **asked_…**, **kept_…**: what was promised to the requester, judged when it was answered and at the first end.
- **opinions**, **satisfied**: the answer on satisfaction, on its day.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from ticketing.figures.periods import PARIS
from ticketing.hours import ball
from ticketing.hours.ball import Stretch
from ticketing.hours.promises import Engagement
from ticketing.model import HandOnReason, Kind
from ticketing.steps import ANSWERS, ENDS, REOPENS

#: Ends of the classes of length, in hours of a party: under 1 h, under 2 h… and 160 h and more.
BOUNDS = (1, 2, 4, 8, 16, 24, 40, 80, 160)
#: Ends of the classes of age, in days: under a week, under a month, under three months, and older.
AGES = (7, 30, 90)
#: Why a ticket is handed on, where the one who had it had it for nothing.
WRONG = frozenset({HandOnReason.WRONG_PARTY.value, HandOnReason.FACT.value})
#: The single party under which everything that établissements hold themselves is counted.
OWN = "etablissement"
_NEVER = datetime(9999, 1, 1, tzinfo=UTC)

#: (party, from, to) -> seconds in that party's own hours.
Worked = Callable[[str, datetime, datetime], int]
#: What tells a fact apart: the day, the columns of `tables.ABOUT` but the établissement, and a rank among twins.
Key = tuple[Any, ...]
Facts = dict[Key, dict[str, int]]


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the history, as `ball.Entry` wants it, with who wrote it."""

    kind: str
    at: datetime
    data: Mapping[str, Any]
    author: int | None
    side: str
    public: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """What a decision was on, and how it stood: service, activity, agreement, category of users, status."""

    service: str
    activity: str
    convention: str
    category: str
    status: str


@dataclass(frozen=True, slots=True)
class Story:
    """All that is folded of a ticket: its history, each decision in order, what was promised, what was answered.

    `urgency` is its priority at the opening (`ticketing.urgency`), 0 where it was not said.
    """

    etablissement: str
    urgency: int
    entries: Sequence[Entry]
    asked: Sequence[Asked]
    promised: Engagement | None = None
    opinion: tuple[int, datetime] | None = None


def fold(story: Story, worked: Worked, until: datetime) -> Facts:
    """Return the facts of a ticket up to `until`; weeks that end after it are not counted."""
    return _Folding(story, worked).run(until) if story.entries else {}


class _Folding:
    """Folds one ticket: walks its entries once, with the stretches of its life beside."""

    def __init__(self, story: Story, worked: Worked) -> None:
        self.story = story
        self.facts: Facts = {}
        self._worked = worked
        lived = ball.fold(story.entries, _NEVER)
        self.ended = [one for one in lived if one.end != _NEVER]
        self._lived = lived
        self._holders: list[tuple[datetime, str]] = []  # since when who had it
        self._abouts: list[tuple[datetime, Asked, int]] = []  # since when it was about what, and how urgent

    def run(self, until: datetime) -> Facts:
        first = self.story.entries[0]
        self._place(until)
        self._add(first.at, _given(first) or "", opened=1)
        self._walk()
        for one in self.ended:
            held = self._seconds(one, one.end) if one.organisation else 0
            party = one.organisation
            self._add(one.end, party, before=True, held=held, elapsed=one.elapsed)
        if self.story.opinion is not None:
            score, at = self.story.opinion
            self._add(at, self._holder(at), opinions=1, satisfied=int(score == 3))
        return self.facts

    def _place(self, until: datetime) -> None:
        """Note who had the ticket and what it was about, from each instant on, and the weeks at whose end it waited."""
        decisions = iter(self.story.asked)
        asked = next(decisions, Asked("", "", "", "", ""))
        opened, urgent = self.story.entries[0].at, self.story.urgency
        open_since: datetime | None = opened
        for entry in self.story.entries:
            if (given := _given(entry)) is not None:
                self._holders.append((entry.at, given))
            if entry.kind == Kind.DECISION:
                asked = next(decisions, asked)
            if entry.kind == Kind.ADJUSTED:
                urgent = int(entry.data["priority"][1])
            if not self._abouts or entry.kind in (Kind.DECISION, Kind.ADJUSTED):
                self._abouts.append((entry.at, asked, urgent))
            if open_since is not None and entry.kind in ENDS:
                self._weeks(opened, open_since, entry.at)
                open_since = None
            elif open_since is None and entry.kind in REOPENS:
                open_since = entry.at
        if open_since is not None:
            self._weeks(opened, open_since, until)

    def _weeks(self, opened: datetime, start: datetime, end: datetime) -> None:
        """Add that the ticket waited at the end of each Sunday between two instants."""
        day = start.astimezone(PARIS).date()
        sunday = day + timedelta(days=6 - day.weekday())
        while (midnight := ends(sunday)) <= end:
            age = bisect_right(AGES, (midnight - opened).days)
            key = self._key(midnight, self._holder(midnight), before=True, age=age)
            self._count((sunday.isoformat(), *key[1:]), {"waiting": 1})
            sunday += timedelta(days=7)

    def _walk(self) -> None:
        """Add what each entry says: answers, ends, passages from party to party."""
        opening = self.story.entries[0]
        had = [_given(opening) or ""]
        answered = over = False
        is_open = True
        contesters: list[str] = []
        for entry in self.story.entries[1:]:
            holder = had[-1]
            party = _given(entry) or holder
            if not answered and _answers(entry, holder, opening):
                answered = True
                self._add(entry.at, holder, before=True, answered=1, answer=self._until(entry.at))
                self._judge(entry.at, "answers")
            if is_open and entry.kind in ENDS:
                is_open = False
                self._add(entry.at, holder, before=True, resolved=1, resolution=self._until(entry.at))
                if not over:
                    over = True
                    self._first_end(entry.at, had, contesters)
            elif not is_open and entry.kind in REOPENS:
                is_open = True
                self._add(entry.at, holder, reopened=1)
            if party != holder:
                self._pass(entry, had, party)
                if entry.kind == Kind.CONTESTED:
                    contesters.append(holder)
                had.append(party)

    def _first_end(self, at: datetime, had: Sequence[str], contesters: Iterable[str]) -> None:
        self._add(at, had[0], before=True, routed=1, direct=int(len(had) == 1))
        for party in dict.fromkeys(contesters):
            self._add(at, party, before=True, ruled=1, upheld=int(party != had[-1]))
        self._judge(at, "resolutions")

    def _judge(self, at: datetime, what: str) -> None:
        """Add whether what was promised to the requester was kept, for the party that promised it."""
        promised = self.story.promised
        if promised is None:
            return
        by = promised.answer_by if what == "answers" else promised.resolve_by
        if by is not None:
            amounts = {f"asked_{what}": 1, f"kept_{what}": int(at <= by)}
            self._count(self._key(at, promised.organisation, before=True), amounts)

    def _pass(self, entry: Entry, had: Sequence[str], to: str) -> None:
        contested = entry.kind == Kind.CONTESTED
        corrected = entry.kind == Kind.DECISION and not entry.data.get("cause")
        wrong = contested or corrected or entry.data.get("reason") in WRONG
        self._add(
            entry.at,
            had[-1],
            before=True,
            to=to,
            passed=1,
            contested=int(contested),
            wrong=int(wrong),
            lost=self._last(had[-1], entry.at) if wrong else 0,
            loops=int(to in had),
        )

    def _last(self, party: str, at: datetime) -> int:
        """Return what a party had the ticket for, in its own hours, since it got it last."""
        seconds = 0
        for one in reversed([one for one in self.ended if one.end <= at]):
            if one.organisation == party:
                seconds += self._seconds(one, at)
            elif one.organisation:
                break
        return seconds

    def _until(self, at: datetime) -> int:
        """Return what the parties had the ticket for until an instant, each in its own hours."""
        return sum(self._seconds(one, at) for one in self._lived if one.organisation and one.start < at)

    def _seconds(self, one: Stretch, at: datetime) -> int:
        return self._worked(one.organisation, one.start, min(one.end, at))

    def _holder(self, at: datetime) -> str:
        index = bisect_right(self._holders, at, key=_since) - 1
        return self._holders[max(index, 0)][1] if self._holders else ""

    def _add(self, at: datetime, party: str, *, before: bool = False, to: str = "", **amounts: int) -> None:
        """Add amounts for the day of an instant. With `before`, about what the ticket was until then."""
        key = self._key(at, party, before=before, to=to)
        while "resolved" in amounts and self.facts.get(key, {}).get("resolved"):
            key = (*key[:-1], key[-1] + 1)  # a second end on the same day has its own length
        self._count(key, amounts)

    def _key(self, at: datetime, party: str, *, before: bool, to: str = "", age: int = 0) -> Key:
        find = bisect_left if before else bisect_right
        _, about, urgent = self._abouts[max(find(self._abouts, at, key=_since) - 1, 0)]
        names = (about.service, about.activity, about.convention, about.category, about.status)
        on = at.astimezone(PARIS).date().isoformat()
        return (on, self._said(party), self._said(to), *names, urgent, age, 0)

    def _count(self, key: Key, amounts: Mapping[str, int]) -> None:
        given = {name: amount for name, amount in amounts.items() if amount}
        if given:
            known = self.facts.setdefault(key, {})
            for name, amount in given.items():
                known[name] = known.get(name, 0) + amount

    def _said(self, party: str) -> str:
        return OWN if party == self.story.etablissement else party


def ends(day: date) -> datetime:
    """Return the instant at which a day of Paris ends."""
    return datetime.combine(day + timedelta(days=1), time(), PARIS).astimezone(UTC)


def _given(entry: Entry) -> str | None:
    """Return the organisation that has the ticket from an entry on, or None where the entry does not say."""
    return str(entry.data["organisation"]) if "organisation" in entry.data and "role" in entry.data else None


def _since(pair: tuple[datetime, *tuple[Any, ...]]) -> datetime:
    return pair[0]


def _answers(entry: Entry, holder: str, opening: Entry) -> bool:
    """Whether an entry is an answer of the side that had the ticket; a job's, without author, never is."""
    if not entry.public or entry.kind not in ANSWERS or entry.author is None:
        return False
    if entry.kind == Kind.COMMENT and entry.author == opening.author:
        return False
    return entry.side == holder
