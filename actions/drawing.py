"""Drawing a picture of a file, in a process of its own: `python -m actions.drawing small|plain TYPE < file > picture`.

What reads strangers' files may crash, hang or eat all memory: here it can do so alone, with nothing in reach.
"""

import io
import resource
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import pypdfium2
from PIL import Image, ImageOps

EDGE = 640
MOST_PIXELS = 60_000_000
MEMORY = 1024 * 1024 * 1024
SECONDS = 10  # of computing
FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF")
UNDRAWABLE = 3  # the exit status that says so


class Undrawable(Exception):
    """A file of which no picture can be made; `args[0]` says why, without anything of its content."""


def picture(kind: str, content: bytes) -> bytes:
    """Return a small WebP picture of an image or of a PDF's first page. Raises Undrawable."""
    with _or_undrawable():
        shown = _page(content) if kind == "application/pdf" else _image(content, (EDGE, EDGE))
        shown.thumbnail((EDGE, EDGE))
        drawn = io.BytesIO()
        _flat(shown).save(drawn, "WEBP", quality=78)
    return drawn.getvalue()


def plain(kind: str, content: bytes) -> bytes:
    """Return an image as large as it is, as JPEG or PNG, without anything that came along with it. Raises Undrawable."""
    with _or_undrawable():
        image, drawn = _image(content), io.BytesIO()
        if kind == "image/jpeg":
            _flat(image).save(drawn, "JPEG", quality=92)
        else:
            bare = Image.new("RGBA", image.size)
            bare.paste(image.convert("RGBA"))
            bare.save(drawn, "PNG")
    return drawn.getvalue()


@contextmanager
def _or_undrawable() -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError, SyntaxError, EOFError, MemoryError, ArithmeticError, LookupError) as error:
        raise Undrawable(f"it cannot be read ({type(error).__name__})") from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning, pypdfium2.PdfiumError) as error:
        raise Undrawable(f"it cannot be read ({type(error).__name__})") from error


def _image(content: bytes, size: tuple[int, int] | None = None) -> Image.Image:
    """Read an image the right way up; a JPEG that is wanted small is read so."""
    image: Image.Image = Image.open(io.BytesIO(content), formats=FORMATS)
    if image.width * image.height > MOST_PIXELS:
        raise Undrawable(f"it has {image.width} by {image.height} pixels")
    if size:
        image.draft("RGB", size)
    image.load()
    return ImageOps.exif_transpose(image)


def _page(content: bytes) -> Image.Image:
    page = pypdfium2.PdfDocument(content)[0]
    width, height = page.get_size()
    if width <= 0 or height <= 0:
        raise Undrawable("its first page has no size")
    drawn: Image.Image = page.render(scale=EDGE / max(width, height), may_draw_forms=False).to_pil()
    return drawn


def _flat(image: Image.Image) -> Image.Image:
    """On white, and without anything that came along: no position, no camera, no author."""
    layers = image.convert("RGBA")
    ground = Image.new("RGB", layers.size, "white")
    ground.paste(layers, mask=layers.getchannel("A"))
    return ground


def main() -> int:
    """Draw what comes in, within limits."""
    warnings.simplefilter("error")
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    try:
        draw = {"small": picture, "plain": plain}[sys.argv[1]]
        drawn = draw(sys.argv[2], sys.stdin.buffer.read())
    except Undrawable as error:
        sys.stderr.write(str(error))
        return UNDRAWABLE
    sys.stdout.buffer.write(drawn)
    return 0


if __name__ == "__main__":
    sys.exit(main())
