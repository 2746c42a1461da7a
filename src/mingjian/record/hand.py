"""What a finger does to the device: taps, swipes, the keys, and starting an app from its icon."""

import re

from mingjian.errors import InputError
from mingjian.record.device import Device

_BACK, _HOME = "4", "3"
_ANEW = "0x10008000"
"""A new task in place of the old one: the app shows its first screen, its process goes on."""
_SWIPE_MS = "400"
_COMPONENT = re.compile(r"^[\w.]{1,200}/[\w.$]{1,300}$", re.MULTILINE)


class Hand:
    """Acts on one app of one device."""

    def __init__(self, device: Device, package: str) -> None:
        self._device = device
        self.package = package

    def tap(self, place: tuple[int, int]) -> None:
        """One short tap."""
        self._device.run(["input", "tap", str(place[0]), str(place[1])])

    def swipe(self, way: tuple[int, int, int, int]) -> None:
        """A swipe from x, y to x, y, slow enough not to fling."""
        self._device.run(["input", "swipe", *map(str, way), _SWIPE_MS])

    def back(self) -> None:
        """The back key."""
        self._device.run(["input", "keyevent", _BACK])

    def home(self) -> None:
        """The home key."""
        self._device.run(["input", "keyevent", _HOME])

    def start(self, *, anew: bool = False) -> None:
        """Opens the app from its icon, at its first screen if `anew`. Raises `InputError` for an app without an icon."""
        asked = ["cmd", "package", "resolve-activity", "--brief", "-c", "android.intent.category.LAUNCHER", self.package]
        component = _COMPONENT.search(self._device.text(asked))
        if component is None:
            raise InputError("record.no_icon", package=self.package)
        self._device.run(["am", "start", "-W", "-n", component[0], *(["-f", _ANEW] if anew else [])])

    def stop(self) -> None:
        """Ends all processes of the app."""
        self._device.run(["am", "force-stop", self.package])

    def runs(self) -> bool:
        """Whether the app has a process."""
        return bool(self._device.text(["pidof", self.package]))
