"""Writing a file so that a reader never sees half of it."""
import errno
import os
import pathlib
import threading


def write_atomically(path, write):
    """Call `write(stream)` on a temporary file beside `path`, fsync it, and move it into place.

    Whatever interrupts this (kill -9, a full disk, Ctrl-C), `path` is either what it was before or
    what it should be, never a part; a link stays one, and the file it points to is written.
    Errors pass through, and leave no temporary file.
    FileExistsError where a folder or a device is, whose place a file would take.
    """
    asked, path = path, pathlib.Path(os.path.realpath(path))
    if path.exists() and not path.is_file():
        raise FileExistsError(errno.EEXIST, "there is something other than a file", str(asked))
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}.part")
    try:
        stream = open(temporary, "wb")
    except OSError as error:                    # in the name that was asked for
        raise type(error)(error.errno, error.strerror, str(asked)) from None
    try:
        with stream:
            write(stream)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(temporary, path)
    except BaseException as error:
        temporary.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.errno and error.filename is None:   # a full disk
            raise type(error)(error.errno, error.strerror, str(asked)) from None
        raise
    _sync_folder(path.parent)


def write_text(path, text):
    """The text as UTF-8, atomically."""
    write_atomically(path, lambda stream: stream.write(text.encode("utf-8")))


def _sync_folder(folder):
    """Make the new name itself survive a power cut, where folders can be synced."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
