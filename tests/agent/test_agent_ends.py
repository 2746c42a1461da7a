"""How the agent leaves an app, and what is told where it cannot enter one."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import frida
import pytest

from fixtures.bench.play import PACKAGE, Stage
from mingjian.errors import InputError, TryAgainError
from mingjian.inputs.recording.track import Carried
from mingjian.record import hooked, hooks
from tests.agent.acts import planned, told


def test_an_app_that_ends_loses_nothing(classes: Stage) -> None:
    with running(classes) as process:
        agent = hooked.attach(frida.get_local_device(), process.pid, hooks.plan())
        arrived: list[Carried] = []
        agent.events(arrived.append)
        process.kill()
        assert agent.gone.wait(60)
        agent.stop()
    assert arrived == []


def test_an_agent_that_loses_hold_of_an_app_says_so(classes: Stage) -> None:
    with running(classes) as process:
        agent = hooked.attach(frida.get_local_device(), process.pid, hooks.plan())
        arrived: list[Carried] = []
        agent.events(arrived.append)
        agent._session.detach()
        assert agent.gone.wait(60)
        process.kill()
    assert [(type(item.event).__name__, item.event.what) for item in arrived] == [("Span", "detached")]


def test_events_that_came_before_somebody_asked_are_kept(classes: Stage) -> None:
    with running(classes) as process:
        agent = hooked.attach(frida.get_local_device(), process.pid, hooks.plan())
        assert process.stdin is not None
        assert process.stdout is not None
        print("activity", file=process.stdin, flush=True)
        process.stdout.readline()
        agent.stop()
        arrived: list[Carried] = []
        agent.events(arrived.append)
        process.kill()
    assert [told(item) for item in arrived] == planned("activity", "")


@contextmanager
def running(stage: Stage) -> Iterator[subprocess.Popen[str]]:
    """The app, waiting for its first step."""
    classes = ":".join(map(str, stage.classes))
    command = [
        stage.jdk.program("java"),
        "-cp",
        classes,
        "android.app.ActivityThread",
        f"{PACKAGE}.BenchApplication",
        f"{PACKAGE}.MainActivity",
    ]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ok\n"
        try:
            yield process
        finally:
            process.kill()


def test_a_process_that_is_not_there_is_told_in_one_line() -> None:
    with subprocess.Popen(["/bin/true"]) as ended:
        ended.wait()
    with pytest.raises(TryAgainError) as refused:
        hooked.attach(frida.get_local_device(), ended.pid, hooks.plan())
    assert refused.value.key == "agent.no_process"


def test_a_process_without_java_is_told_in_one_line() -> None:
    with subprocess.Popen(["/bin/sleep", "60"]) as process:
        try:
            with pytest.raises(InputError) as refused:
                hooked.attach(frida.get_local_device(), process.pid, hooks.plan())
        finally:
            process.kill()
    assert refused.value.key == "agent.no_java"


def test_an_app_that_was_started_for_the_agent_and_cannot_take_it_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """It would stand still for ever."""
    device = frida.get_local_device()
    spawn = device.spawn
    spawned: list[int] = []
    monkeypatch.setattr(device, "spawn", lambda command: spawned.append(spawn(command)) or spawned[0])
    with pytest.raises(InputError):
        hooked.attach(device, "/bin/cat", hooks.plan())
    end = time.monotonic() + 60
    while is_running(spawned[0]) and time.monotonic() < end:
        time.sleep(0.05)
    assert not is_running(spawned[0])


def is_running(pid: int) -> bool:
    """Whether the process is there and more than the remains of one."""
    status = Path(f"/proc/{pid}/stat")
    return status.exists() and status.read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
