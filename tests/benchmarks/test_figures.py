"""Which figures a document gives, and that they show what it holds."""
from benchmarks import figures
from tests.benchmarks.documents import document, row


def drawn(ax):
    return {line.get_label(): list(line.get_ydata()) for line in ax.get_lines()}


def both(case, size, cpu, gpu):
    return [row(case, size, "scratchgen", cpu, suite="kernels"),
            row(case, size, "scratchgen", gpu, suite="kernels", device="gpu")]


def kernels():
    rows = []
    for size, cpu in ((16, 1e-6), (256, 1e-3), (1024, 1e-2)):
        rows += both("matrix", size, cpu, 1e-5)
    for size in (2**10, 2**20):
        rows += both("copy", size, size / 1e10, size / 1e12)
        rows += both("elementwise", size, 4 * size / 1e10, 4 * size / 1e12)
    return rows


def test_curves_have_a_panel_a_case_and_mark_where_the_gpu_wins():
    figure = figures.curves(document(kernels(), "cpu-gpu"), 1)
    panels = {ax.get_title(loc="left"): ax for ax in figure.axes if ax.get_visible()}
    assert list(panels) == ["matrix", "copy", "elementwise"]
    lines = drawn(panels["matrix"])
    assert lines["scratchgen"] == [1e-6, 1e-3, 1e-2]
    assert lines["scratchgen gpu"] == [1e-5] * 3
    assert [text.get_text() for text in panels["matrix"].texts] == ["GPU from 256"]
    assert panels["matrix"].get_xscale() == panels["matrix"].get_yscale() == "log"


def test_the_roof_is_bandwidth_then_peak():
    figure = figures.roofline(document(kernels(), "cpu-gpu", ("scratchgen", "cpu")))
    cpu, gpu = figure.axes
    roof = cpu.get_lines()[0]
    assert roof.get_ydata()[-1] == roof.get_ydata()[1] == 2 * 1024**3 / 1e-2 / 1e9
    assert roof.get_ydata()[0] == 0.05 * 8e10 / 1e9
    assert drawn(cpu)["scratchgen, elementwise"] == [5.0, 5.0]
    assert "GPU" in gpu.get_title(loc="left")


def test_ratios_leave_the_baseline_out_and_are_not_drawn_of_it_alone():
    rows = [row("vae", 128, "scratchgen", 0.004, base=0.008),
            row("vae", 128, "torch", 0.008, base=0.008),
            row("nvp", 256, "scratchgen", 0.006, base=0.002),
            row("nvp", 256, "torch", 0.002, base=0.002)]
    (ax,) = figures.ratios(document(rows), 1).axes
    (points,) = [line for line in ax.get_lines() if line.get_linestyle() == "None"]
    assert list(points.get_xdata()) == [0.5, 3.0]
    assert set(figures.draw(document(rows))) == {"ratios-1.png"}
    assert figures.draw(document(rows[1::2])) == {}


def test_a_quick_run_draws_no_roof():
    made = document(kernels(), "cpu-gpu")
    assert set(figures.draw(made)) == {"curves.png", "roofline.png"}
    made["method"]["quick"] = True
    assert set(figures.draw(made)) == {"curves.png"}
