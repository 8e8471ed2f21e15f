//! What a guess at a passphrase costs: the parameters of Argon2id, with limits in both directions.

/// Parameters of Argon2id (RFC 9106, section 3.1), within the limits that the book reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Argon2Cost {
    m_kib: u32,
    passes: u32,
    lanes: u32,
}

/// A cost outside the limits. Below them a guess would be cheap; above them a prepared file would take the phone's
/// memory or time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CostError {
    /// Less than 8 MiB, one pass, one lane.
    #[error("the passphrase's cost is below what is safe: {m_kib} KiB, {passes} passes, {lanes} lanes")]
    TooLow {
        /// Memory in KiB.
        m_kib: u32,
        /// Passes over it.
        passes: u32,
        /// Lanes.
        lanes: u32,
    },
    /// More than 256 MiB, 10 passes, 4 lanes.
    #[error("the passphrase's cost is above what is allowed: {m_kib} KiB, {passes} passes, {lanes} lanes")]
    TooHigh {
        /// Memory in KiB.
        m_kib: u32,
        /// Passes over it.
        passes: u32,
        /// Lanes.
        lanes: u32,
    },
}

impl Argon2Cost {
    /// What a book on a phone uses: 64 MiB, 3 passes, 1 lane. The second recommendation of RFC 9106, section 4, with
    /// one lane in place of four, as it starts no threads.
    pub const PHONE: Self = Self { m_kib: 64 * 1024, passes: 3, lanes: 1 };

    /// The least that is read: 8 MiB, 1 pass, 1 lane. For tests, and for devices that have no more to give.
    pub const LEAST: Self = Self { m_kib: 8 * 1024, passes: 1, lanes: 1 };

    /// The most that is read: 256 MiB, 10 passes, 4 lanes.
    pub const MOST: Self = Self { m_kib: 256 * 1024, passes: 10, lanes: 4 };

    /// A cost of `m_kib` KiB of memory, `passes` over it and `lanes`.
    ///
    /// # Errors
    /// When it is below [`Argon2Cost::LEAST`] or above [`Argon2Cost::MOST`] in any of the three.
    pub fn new(m_kib: u32, passes: u32, lanes: u32) -> Result<Self, CostError> {
        if m_kib < Self::LEAST.m_kib || passes < Self::LEAST.passes || lanes < Self::LEAST.lanes {
            Err(CostError::TooLow { m_kib, passes, lanes })
        } else if m_kib > Self::MOST.m_kib || passes > Self::MOST.passes || lanes > Self::MOST.lanes {
            Err(CostError::TooHigh { m_kib, passes, lanes })
        } else {
            Ok(Self { m_kib, passes, lanes })
        }
    }

    /// Memory in KiB.
    #[must_use]
    pub fn m_kib(self) -> u32 {
        self.m_kib
    }

    /// Passes over the memory.
    #[must_use]
    pub fn passes(self) -> u32 {
        self.passes
    }

    /// Lanes.
    #[must_use]
    pub fn lanes(self) -> u32 {
        self.lanes
    }
}

impl Default for Argon2Cost {
    fn default() -> Self {
        Self::PHONE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cost_is_held_to_both_limits() {
        let least = Argon2Cost::LEAST;
        let most = Argon2Cost::MOST;
        for cost in [least, most, Argon2Cost::PHONE] {
            assert_eq!(Argon2Cost::new(cost.m_kib, cost.passes, cost.lanes), Ok(cost));
        }
        for (m_kib, passes, lanes) in [(8191, 1, 1), (8192, 0, 1), (8192, 1, 0), (0, 0, 0)] {
            assert_eq!(
                Argon2Cost::new(m_kib, passes, lanes),
                Err(CostError::TooLow { m_kib, passes, lanes })
            );
        }
        for (m_kib, passes, lanes) in [(262_145, 10, 4), (262_144, 11, 4), (262_144, 10, 5), (u32::MAX, 1, 1)]
        {
            assert_eq!(
                Argon2Cost::new(m_kib, passes, lanes),
                Err(CostError::TooHigh { m_kib, passes, lanes })
            );
        }
    }
}
