//! What states decree. Each policy is one file under `policy/` and one line in [`policies!`] below.
//!
//! A policy knows two dates: from the week in which it is announced agents reckon with it, from the week in force it
//! changes the terms of trade that agents meet. Agents never look a policy up.

use crate::calendar::Week;

pub mod export_ban;
pub mod export_duty;
pub mod export_license;
pub mod export_quota;
pub mod import_tariff;
pub mod nationalization;
pub mod royalty;

/// When a policy is known and when it binds, in weeks of the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// First week in which agents know of it.
    pub announced: Week,
    /// First week in which it binds.
    pub in_force: Week,
    /// First week in which it no longer binds, if an end has been set.
    pub until: Option<Week>,
}

impl Window {
    /// Whether it binds in a week.
    #[must_use]
    pub fn binds(&self, week: Week) -> bool {
        self.in_force <= week && self.until.is_none_or(|end| week < end)
    }

    /// Whether agents know of it in a week.
    #[must_use]
    pub fn known(&self, week: Week) -> bool {
        self.announced <= week
    }
}

macro_rules! policies {
    ($($module:ident :: $name:ident),* $(,)?) => {
        /// A policy of any kind.
        #[derive(Debug, Clone)]
        pub enum Policy {
            $(
                #[doc = concat!("See [`", stringify!($module), "`].")]
                $name($module::$name),
            )*
        }

        impl Policy {
            /// When it is known and when it binds.
            #[must_use]
            pub fn window(&self) -> Window {
                match self {
                    $(Self::$name(policy) => policy.window,)*
                }
            }
        }
    };
}

policies! {
    export_ban::ExportBan,
    export_duty::ExportDuty,
    export_license::ExportLicense,
    export_quota::ExportQuota,
    import_tariff::ImportTariff,
    nationalization::Nationalization,
    royalty::Royalty,
}
