"""What readers may answer in lesson 23: other ways to be right, and near misses."""
import math

import numpy as np

RIGHT = {
    "sign_step": [lambda x, g, e: np.maximum(np.minimum(x + e * (g > 0) - e * (g < 0), 1), 0)],
    "steepest": [lambda w, length: w * math.sqrt(length ** 2 / (w @ w))],
    "least_epsilon": [lambda lead, w: lead / (np.sign(w) @ w)],
}

WRONG = {
    "sign_step": [lambda x, g, e: x + e * np.sign(g),
                  lambda x, g, e: np.clip(x + e * g, 0, 1),
                  lambda x, g, e: np.clip(x - e * np.sign(g), 0, 1),
                  lambda x, g, e: np.clip(x + np.where(g > 0, e, -e), 0, 1)],
    "steepest": [lambda w, length: length * w,
                 lambda w, length: -length * w / np.linalg.norm(w),
                 lambda w, length: length * np.sign(w) / math.sqrt(len(w))],
    "least_epsilon": [lambda lead, w: lead / np.linalg.norm(w),
                      lambda lead, w: lead / w.sum(),
                      lambda lead, w: lead / abs(w).max()],
}
