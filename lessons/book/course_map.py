"""The map of the course: what builds on what, drawn, and as a table."""
import html
import textwrap

LANES = {
    "Gradients and speed": (1, 2, 3, 4, 16, 23, 24),
    "Codes and bounds": (5, 6, 10, 11, 12, 13, 14, 15, 22),
    "Densities": (7, 8, 9, 17),
    "Games": (18, 19, 20, 21),
}
LEFT, TOP, WIDTH, HEIGHT, ACROSS, DOWN = 30, 44, 194, 62, 232, 100
PAGE = """# The map of the course

Follow an arrow from a lesson to one that builds on it.  The times are seconds on a CPU; reading
takes longer.

{drawing}

{table}
"""


def page(course):
    """The text of the map's page; `course` is {number: Lesson}`."""
    return PAGE.format(drawing=drawing(course), table=table(course))


def table(course):
    """One row a lesson: its title, what it takes, and what it builds on."""
    def link(number):
        return f"{{doc}}`{number:02} </{course[number].path.stem}>`"
    rows = [(link(n), f"{{doc}}`{lesson.title} </{lesson.path.stem}>`",
             f"{lesson.seconds} s" if lesson.seconds else "",
             ", ".join(link(m) for m in lesson.builds_on if m in course) or "nothing")
            for n, lesson in course.items()]
    total = sum(lesson.seconds or 0 for lesson in course.values())
    rows.append(("", "**all of them**", f"**{total} s**", ""))
    head = ("", "lesson", "takes", "builds on"), ("---", "---", "--:", "---")
    return "\n".join("| " + " | ".join(row) + " |" for row in (*head, *rows))


def arrows(course):
    """[(from, to)]: what each lesson builds on, without what follows from the other arrows."""
    before = {n: {m for m in lesson.builds_on if m in course and m < n}
              for n, lesson in course.items()}
    reaches = {}
    for n in sorted(before):
        reaches[n] = set().union(before[n], *(reaches[m] for m in before[n]))
    return [(m, n) for n in before for m in sorted(before[n])
            if not any(m in reaches[k] for k in before[n] - {m})]


def places(course):
    """{number: (column, row)}: a column for each lane, and every arrow leads downwards."""
    column = {n: i for i, lane in enumerate(LANES.values()) for n in lane}
    found = {}
    for n, lesson in sorted(course.items()):
        row = max((found[m][1] + 1 for m in lesson.builds_on if m in found), default=0)
        lane = column.get(n, len(LANES) - 1)
        while (lane, row) in found.values():
            row += 1
        found[n] = lane, row
    return found


def drawing(course):
    """The map as SVG, in the colours of the page, each lesson a link."""
    at = places(course)
    width = LEFT + ACROSS * (len(LANES) - 1) + WIDTH + 2
    height = TOP + DOWN * max(row for _, row in at.values()) + HEIGHT + 2
    lanes = [f'<text class="lane" x="{LEFT + ACROSS * i + WIDTH / 2}" y="22">{name}</text>'
             for i, name in enumerate(LANES) if any(lane == i for lane, _ in at.values())]
    parts = [*lanes, *(arrow(at[m], at[n]) for m, n in arrows(course)),
             *(box(at[n], lesson) for n, lesson in course.items())]
    return "\n".join([
        '<div class="course-map">',
        f'<svg viewBox="0 0 {width} {height}" width="{width}" role="img" '
        'aria-label="The lessons and what each builds on; the table below says the same">',
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" '
        'markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z"/></marker></defs>',
        *parts, "</svg>", "</div>"])


def corner(place):
    """The upper left corner of a box."""
    return LEFT + ACROSS * place[0], TOP + DOWN * place[1]


def arrow(start, end):
    """A curve from the lower edge of one box to the upper edge of another.

    Where another box of the same lane may lie between, it goes round by the left.
    """
    (x0, y0), (x1, y1) = corner(start), corner(end)
    if start[0] == end[0] and end[1] - start[1] > 1:
        x, y0, y1 = x0 + 1, y0 + HEIGHT / 2, y1 + HEIGHT / 2
        out = x - 14 - 3 * min(end[1] - start[1], 7)      # longer ones further out
        path = f"M{x} {y0}C{out} {y0 + 30} {out} {y1 - 30} {x - 2} {y1}"
    else:
        x0, x1, y0, y1 = x0 + WIDTH / 2, x1 + WIDTH / 2, y0 + HEIGHT, y1 - 2
        bend = max(24, (y1 - y0) / 2)
        path = f"M{x0} {y0}C{x0} {y0 + bend} {x1} {y1 - bend} {x1} {y1}"
    return f'<path class="arrow" d="{path}" marker-end="url(#tip)"/>'


def box(place, lesson):
    """One lesson: number, title, time."""
    x, y = corner(place)
    lines = textwrap.wrap(lesson.title, 21)
    first = y + HEIGHT / 2 + 5 - 7.5 * (len(lines) - 1)
    title = "".join(f'<tspan x="{x + 44}" y="{first + 15 * i}">{html.escape(line)}</tspan>'
                    for i, line in enumerate(lines))
    time = f"{lesson.seconds} s" if lesson.seconds else ""
    return (f'<a href="{lesson.path.stem}.html" class="lesson">'
            f'<rect x="{x}" y="{y}" width="{WIDTH}" height="{HEIGHT}" rx="8"/>'
            f'<text class="number" x="{x + 12}" y="{y + 30}">{lesson.number:02}</text>'
            f'<text class="time" x="{x + 12}" y="{y + 46}">{time}</text>'
            f'<text>{title}</text></a>')
