"""A real browser for the pages that the package writes: which one, and what it must not see."""
import shutil

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# No sandbox: root may not have one, and the pages are our own.  The rest keeps Chromium itself
# from calling home.
ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
             "--disable-background-networking", "--disable-component-update", "--disable-sync")


def find():
    """The path of the system's Chromium or Chrome, or None."""
    return next(filter(None, map(shutil.which, NAMES)), None)


def watch(page):
    """The list of complaints about a page, which grows as it is used: each request that needs a
    network, each error in its console.
    """
    complaints = []
    page.on("request", lambda request: _stays_here(request.url)
            or complaints.append(f"it asked for {request.url}"))
    page.on("console", lambda message: message.type == "error"
            and complaints.append(f"its console says {message.text}"))
    page.on("pageerror", lambda error: complaints.append(f"its script failed: {error}"))
    return complaints


def _stays_here(url):
    """A file of the book or a picture inside the page: anything that needs no network."""
    return url.startswith(("file:", "data:", "blob:", "about:"))
