"""`transitions` and SQLAlchemy's ORM as their tutorials show them: a Machine for each object when it is loaded, a session for
each act, sqlite as it comes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import ForeignKey, create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, reconstructor, relationship, sessionmaker
from transitions import Machine

from contenders import RECEIVE, Act, Contender, Plan


class Base(DeclarativeBase):
    """The tables of this contender."""


class Dossier(Base):
    """A dossier with a Machine of its own."""

    __tablename__ = "dossiers"
    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(unique=True)
    state: Mapped[str]
    holder: Mapped[str]
    audits: Mapped[list[Audit]] = relationship(back_populates="dossier", order_by="Audit.id")
    arrows: tuple[tuple[str, str, str], ...] = ()

    @reconstructor
    def machine(self) -> None:
        """Give the object its triggers."""
        states = {state for arrow in self.arrows for state in (arrow[0], arrow[2])}
        moves = [
            {"trigger": action, "source": source, "dest": target, "conditions": "held"}
            for source, action, target in self.arrows
        ]
        Machine(model=self, states=sorted(states), transitions=moves, initial=self.state)

    def held(self, by: str) -> bool:
        """Whether the one who acts has it; for the applicant his clerk does."""
        return self.holder in (by, "nguoi-nop")


class Audit(Base):
    """A line about an act."""

    __tablename__ = "audits"
    id: Mapped[int] = mapped_column(primary_key=True)
    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossiers.id"), index=True)
    dossier: Mapped[Dossier] = relationship(back_populates="audits")
    action: Mapped[str]
    actor: Mapped[str]
    step: Mapped[str]
    holder: Mapped[str]
    at: Mapped[int]


class Tutorial(Contender):
    """Load, trigger, add a line, commit."""

    def __init__(self, plan: Plan, place: str) -> None:
        self.file = Path(place) / "orm.db"
        self.plan = plan
        Dossier.arrows = plan.arrows
        engine = create_engine(f"sqlite:///{self.file}")
        Base.metadata.create_all(engine)
        self.session: sessionmaker[Session] = sessionmaker(engine)
        self.fresh = self.file.stat().st_size

    def step(self, act: Act) -> None:
        """One session."""
        number = self.plan.cases[act.dossier][1]
        with self.session() as session:
            if act.action == RECEIVE:
                dossier = Dossier(number=number, state=self.plan.first, holder=act.by)
                session.add(dossier)
            else:
                dossier = session.scalars(select(Dossier).where(Dossier.number == number)).one()
                if not dossier.trigger(act.action, by=act.by):  # type: ignore[attr-defined]
                    raise AssertionError(act)
                dossier.holder = act.to
            assert dossier.state == act.step
            audit = Audit(action=act.action, actor=act.by, step=dossier.state, holder=act.to, at=act.at)
            audit.dossier = dossier
            session.add(audit)
            session.commit()

    def found(self, dossier: int) -> list[tuple[Any, ...]]:
        """The lines about it."""
        with self.session() as session:
            found = session.scalars(select(Dossier).where(Dossier.number == self.plan.cases[dossier][1])).one()
            return [(one.action, one.actor, one.step, one.holder, one.at) for one in found.audits]

    def size(self) -> int:
        """What the file grew by."""
        return self.file.stat().st_size - self.fresh
