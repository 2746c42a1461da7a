"""`python -m django cases check | rebuild`: the events of every case against the audit chain, and its columns against its events."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from mingjian.console.cases.checking import forged
from mingjian.console.cases.models import Case
from mingjian.console.cases.projection import differing, rebuild
from mingjian.model.texts import say


class Command(BaseCommand):
    """Tells what does not agree; `rebuild` writes the columns anew from the events, which it never touches."""

    help = say("console.cases.command.help", "en")

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("act", choices=["check", "rebuild"])

    def handle(self, *_: Any, act: str, **__: Any) -> None:
        wrong = [say("console.cases.command.forged", "en", case=case, seq=seq) for case, seq in forged()]
        for case in list(differing()):
            if act == "rebuild":
                rebuild(Case.objects.get(pk=case.pk))
            wrong.append(
                say("console.cases.command.differs" if act == "check" else "console.cases.command.rebuilt", "en", case=case.number)
            )
        for line in wrong:
            self.stdout.write(line)
        if wrong and act == "check":
            raise CommandError(say("console.cases.command.wrong", "en", n=len(wrong)))
