"""What a screenshot shows of an element's text. Letters are drawn as bars: their height and colour are known."""

from io import BytesIO

import pytest
from PIL import Image, ImageDraw, ImageFont

from mingjian.inputs.recording.picture import MOST_PIXELS, Picture, contrast, shades
from mingjian.model.run import Node

SIZE = (400, 800)
WORDS = Node(cls="android.widget.TextView", text="隐私政策", bounds=(100, 200, 300, 300))
ROOT = Node(cls="android.widget.FrameLayout", bounds=(0, 0, 400, 800))
NODES = (ROOT, Node(cls="V", text="x", bounds=(0, 790, 400, 800)), WORDS)


def drawn(*bars: tuple[int, int, int, int], ink: str = "black", ground: str = "white", size: tuple[int, int] = SIZE) -> Picture:
    image = Image.new("RGB", size, ground)
    for bar in bars:
        ImageDraw.Draw(image).rectangle(bar, fill=ink)
    return Picture(image)


def measured(picture: Picture) -> tuple[float | None, float | None]:
    return next(((shade.height, shade.contrast) for shade in shades(picture, NODES) if shade.node == 2), (None, None))


def test_the_height_of_a_line_and_its_contrast() -> None:
    # Both ends of a rectangle are drawn: 240 to 261 are 22 rows.
    assert measured(drawn((120, 240, 140, 261), (150, 245, 170, 261))) == (22.0, 21.0)


def test_the_tallest_of_several_lines() -> None:
    assert measured(drawn((120, 210, 280, 220), (120, 240, 280, 261)))[0] == 22.0


def test_pale_words_and_light_words_on_dark_ground() -> None:
    # WCAG: #999999 on white is 2.85, white on black is 21.
    assert measured(drawn((120, 240, 140, 261), ink="#999999")) == (22.0, 2.85)
    assert measured(drawn((120, 240, 140, 261), ink="white", ground="black")) == (22.0, 21.0)


def test_single_dark_pixels_are_noise() -> None:
    assert measured(drawn((120, 240, 140, 261), (200, 280, 200, 280), ink="#999999")) == (22.0, 2.85)
    picture = drawn((120, 240, 140, 261), ink="#999999")
    picture.image.putpixel((200, 250), (0, 0, 0))
    assert measured(picture) == (22.0, 2.85)


def test_words_that_the_picture_does_not_show_have_no_measure() -> None:
    assert measured(drawn()) == (None, None)


def test_a_picture_of_half_the_size() -> None:
    assert measured(drawn((60, 120, 70, 130), size=(200, 400))) == (22.0, 21.0)


def test_a_picture_of_another_screen_is_not_measured() -> None:
    assert shades(drawn((120, 240, 140, 261), size=(800, 400)), NODES) == ()


def test_elements_that_hold_others_or_lie_outside_are_not_measured() -> None:
    parent = Node(cls="V", text="all", bounds=(0, 0, 400, 800))
    inner = Node(cls="V", text="in", bounds=(100, 200, 300, 300), up=0)
    outside = Node(cls="V", text="out", bounds=(500, 200, 600, 300), up=0)
    turned = Node(cls="V", text="turned", bounds=(300, 300, 100, 200), up=0)
    picture = drawn((120, 240, 140, 261))
    assert [shade.node for shade in shades(picture, (parent, inner, turned))] == [1]
    assert [shade.node for shade in shades(picture, (parent, inner, outside))] in ([1], [])


def test_contrast_is_that_of_wcag() -> None:
    assert contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(21)
    assert contrast((255, 255, 255), (119, 119, 119)) == pytest.approx(4.48, abs=0.01)


def encoded(image: Image.Image, kind: str) -> bytes:
    buffer = BytesIO()
    image.save(buffer, kind)
    return buffer.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_formats_that_are_read(kind: str) -> None:
    picture = Picture.of(encoded(Image.new("RGB", (8, 8), "white"), kind))
    assert picture is not None
    assert picture.image.size == (8, 8)


def test_what_is_no_picture() -> None:
    png = encoded(Image.new("RGB", (64, 64), "white"), "PNG")
    assert Picture.of(b"") is None
    assert Picture.of(b"\x89PNG\r\n\x1a\n") is None
    assert Picture.of(png[:60]) is None
    assert Picture.of(encoded(Image.new("RGB", (8, 8)), "GIF")) is None
    assert Picture.of(encoded(Image.new("RGB", (8, 8)), "BMP")) is None


def test_a_picture_that_unpacks_to_too_much_is_not_read() -> None:
    side = int(MOST_PIXELS**0.5) + 10
    assert Picture.of(encoded(Image.new("1", (side, side)), "PNG")) is None


@pytest.mark.parametrize(("pixels", "colour", "ratio"), [(20, "#999999", 2.85), (27, "#bbbbbb", 1.92), (36, "#333333", 12.63)])
def test_type_that_was_really_set(pixels: int, colour: str, ratio: float) -> None:
    image = Image.new("RGB", SIZE, "white")
    ImageDraw.Draw(image).text((110, 230), "Privacy Policy", font=ImageFont.load_default(pixels), fill=colour)
    height, contrast_seen = measured(Picture(image))
    # Letters above and below the line take 0.93 of the size.
    assert height == pytest.approx(pixels * 0.93, abs=1.0)
    assert contrast_seen == pytest.approx(ratio, abs=0.01)
