"""The package's own errors.  Each says what failed, then what was expected, got, and a hint."""


class ShapeError(ValueError):
    """Shapes do not fit the signature of an op, or would need a broadcast that is refused."""


class DataError(ValueError):
    """A data file or a data set is not what it claims to be."""


class CheckpointError(ValueError):
    """A checkpoint is damaged, foreign, or does not fit the model it is loaded into."""


class BackendError(RuntimeError):
    """An array library or a device that was asked for cannot be used here."""


class GradientError(AssertionError):
    """An analytic gradient differs from finite differences."""
