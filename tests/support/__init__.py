"""What several tests share: from tests.support.statistics import assert_estimate."""
