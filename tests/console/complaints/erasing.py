"""A console of its own in a folder, with its database in a file: takes complaints, erases one, and prints what of it is found where.

Run by `test_retention` as a program, since the tests' own database on SQLite lives in memory."""

import dataclasses
import io
import json

import django


def main() -> None:
    django.setup()
    from django.core.management import call_command  # noqa: PLC0415  only after the framework is set up
    from PIL import Image  # noqa: PLC0415

    from mingjian.console import vault  # noqa: PLC0415
    from mingjian.console.complaints import followup, retention  # noqa: PLC0415
    from mingjian.console.complaints.intake import Told, take  # noqa: PLC0415
    from mingjian.console.home import home  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    picture = io.BytesIO()
    Image.new("RGB", (9, 9)).save(picture, "PNG")
    marker = "marker-4711"
    told = Told("Weather", f"{marker} " * 300, name=marker, contact=marker, may_contact=True)
    for _ in range(3):
        take(dataclasses.replace(told, description="another"))
    complaint = take(told, [picture.getvalue()]).complaint
    followup.add(complaint, f"{marker} " * 100, [])
    complaint.refresh_from_db()
    sealed = [bytes(complaint.identity), bytes(complaint.statement), bytes(complaint.messages.get().sealed)]
    sealed.append(vault.read(complaint.attachments.get().sha256))
    # Pages of the file may cut longer pieces in two; any sixteen bytes of what was sealed would do to find it again.
    pieces = [value[at : at + 16] for value in sealed for at in (30, len(value) // 2, len(value) - 20)]

    def found(piece: bytes) -> bool:
        return any(piece in file.read_bytes() for file in home().rglob("*") if file.is_file())

    before = sum(map(found, pieces))
    retention.erase(complaint, "system")
    print(json.dumps({"pieces": len(pieces), "before": before, "after": sum(map(found, pieces)), "plain": found(marker.encode())}))


if __name__ == "__main__":
    main()
