"""Twenty-five steps of each optimiser, as PyTorch takes them, on ill-conditioned least squares.

    loss(W, b) = 1/(2N) sum (X W + b - Y)^2,        columns of X of scale 1, 3, 10, 30

so that the curvatures differ by a factor of 900. The data is one batch: the path is determined.
"""
import numpy as np
import torch
from torch.optim import lr_scheduler

STEPS = 25

# name, the class in this package (in PyTorch, Momentum is SGD too), its keywords
OPTIMISERS = [
    ("sgd",                   "SGD",      {"lr": 1e-3}),
    ("sgd decay",             "SGD",      {"lr": 1e-3, "weight_decay": 0.1}),
    ("momentum",              "Momentum", {"lr": 1e-4, "momentum": 0.9}),
    ("momentum decay",        "Momentum", {"lr": 1e-4, "momentum": 0.9, "weight_decay": 0.1}),
    ("nesterov",              "Momentum", {"lr": 1e-4, "momentum": 0.9, "nesterov": True}),
    ("nesterov decay",        "Momentum", {"lr": 1e-4, "momentum": 0.8, "nesterov": True,
                                           "weight_decay": 0.1}),
    ("rmsprop defaults",      "RMSProp",  {}),
    ("rmsprop",               "RMSProp",  {"lr": 2e-3, "alpha": 0.9, "eps": 1e-6}),
    ("rmsprop decay",         "RMSProp",  {"lr": 2e-3, "weight_decay": 0.1}),
    ("rmsprop momentum",      "RMSProp",  {"lr": 2e-3, "momentum": 0.9}),
    ("rmsprop centred",       "RMSProp",  {"lr": 2e-3, "centered": True}),
    ("rmsprop centred both",  "RMSProp",  {"lr": 2e-3, "centered": True, "momentum": 0.5,
                                           "weight_decay": 0.1}),
    ("adam defaults",         "Adam",     {}),
    ("adam",                  "Adam",     {"lr": 2e-2, "betas": [0.5, 0.99], "eps": 1e-6}),
    ("adam decay",            "Adam",     {"lr": 2e-2, "weight_decay": 0.1}),
    ("adamw defaults",        "AdamW",    {}),
    ("adamw",                 "AdamW",    {"lr": 2e-2, "betas": [0.5, 0.99], "weight_decay": 0.1}),
    ("adamw without decay",   "AdamW",    {"lr": 2e-2, "weight_decay": 0.0}),
]
TORCH = {"SGD": torch.optim.SGD, "Momentum": torch.optim.SGD, "RMSProp": torch.optim.RMSprop,
         "Adam": torch.optim.Adam, "AdamW": torch.optim.AdamW}

SCHEDULES = [
    ("StepLR",            {"step_size": 7, "gamma": 0.3}),
    ("ExponentialLR",     {"gamma": 0.9}),
    ("CosineAnnealingLR", {"T_max": 20, "eta_min": 1e-3}),
    ("LinearLR",          {"start_factor": 0.1, "end_factor": 1.0, "total_iters": 8}),
]
CLIPS = [0.5, 3.0, 100.0]


def problem(rng):
    x = rng.normal(size=(40, 4)) * [1, 3, 10, 30]
    y = x @ rng.normal(size=(4, 2)) + rng.normal(size=(40, 2))
    return {"x": x, "y": y, "w": rng.normal(size=(4, 2)), "b": rng.normal(size=2)}


def follow(data, make, clip=None, schedule=None):
    """(losses (T,), norms of the gradient (T,), rates (T,), W and b after each step (T, 10))."""
    x, y = torch.tensor(data["x"]), torch.tensor(data["y"])
    w, b = (torch.tensor(data[k], requires_grad=True) for k in "wb")
    optimiser = make([w, b])
    schedule = schedule(optimiser) if schedule else None
    rows = []
    for _ in range(STEPS):
        optimiser.zero_grad()
        loss = ((x @ w + b - y) ** 2).sum() / (2 * len(x))
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_([w, b], clip or torch.inf)
        rate = optimiser.param_groups[0]["lr"]
        optimiser.step()
        if schedule:
            schedule.step()
        rows.append([loss.item(), norm.item(), rate, *w.detach().flatten().tolist(), *b.tolist()])
    rows = np.array(rows)
    return {"losses": rows[:, 0], "norms": rows[:, 1], "rates": rows[:, 2], "path": rows[:, 3:]}


def record(rng):
    data = problem(rng)
    arrays, runs = {f"problem/{k}": v for k, v in data.items()}, []

    def keep(name, run, **facts):
        runs.append({"name": name, **facts})
        arrays.update({f"{name}/{k}": v for k, v in run.items()})

    for name, kind, settings in OPTIMISERS:
        keep(name, follow(data, lambda p: TORCH[kind](p, **settings)), optimiser=kind,
             settings=settings)
    for kind, settings in SCHEDULES:
        keep(kind, follow(data, lambda p: torch.optim.Adam(p, lr=0.02),
                          schedule=lambda o: getattr(lr_scheduler, kind)(o, **settings)),
             optimiser="Adam", settings={"lr": 0.02}, schedule=kind, schedule_settings=settings)
    for clip in CLIPS:
        keep(f"clip {clip}", follow(data, lambda p: torch.optim.SGD(p, lr=0.05), clip=clip),
             optimiser="SGD", settings={"lr": 0.05}, clip=clip)
    return arrays, {"runs": runs, "steps": STEPS}
