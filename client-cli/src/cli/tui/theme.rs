//! The colours of the interface, by what they are for. Nothing is told by colour alone.

use ratatui::style::{Color, Modifier, Style};
use serde::Deserialize;

/// A style for each use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Theme {
    /// Ordinary text.
    pub(crate) text: Style,
    /// What matters less: times, numbers, hints.
    pub(crate) faint: Style,
    /// Lines between panes and around boxes.
    pub(crate) border: Style,
    /// A pane's or box's title.
    pub(crate) title: Style,
    /// What the program says.
    pub(crate) note: Style,
    /// The room one is in, the row that is chosen.
    pub(crate) chosen: Style,
    /// Unread messages.
    pub(crate) unread: Style,
    /// Somebody calls.
    pub(crate) mention: Style,
    /// Sealed, verified, done.
    pub(crate) good: Style,
    /// Open to the server, waiting.
    pub(crate) warning: Style,
    /// Failed, refused, banned.
    pub(crate) bad: Style,
    /// The bars at the top and the bottom.
    pub(crate) bar: Style,
    /// What can be clicked.
    pub(crate) button: Style,
    /// Names; one of them for each person.
    pub(crate) names: [Style; NAMES],
}

/// How many colours names have.
pub(crate) const NAMES: usize = 6;

/// The themes there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ThemeName {
    /// For dark terminals.
    #[default]
    Dark,
    /// For light terminals.
    Light,
    /// Black, white, bold and underlined, and few strong colours.
    HighContrast,
    /// No colour at all; also with `NO_COLOR`.
    None,
}

impl ThemeName {
    /// All of them, in the order in which they are offered.
    pub(crate) const ALL: [Self; 4] = [Self::Dark, Self::Light, Self::HighContrast, Self::None];

    /// Returns the name as it is typed.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Dark => "dark",
            Self::Light => "light",
            Self::HighContrast => "high-contrast",
            Self::None => "none",
        }
    }
}

impl Theme {
    /// Returns the styles of a theme.
    pub(crate) fn of(name: ThemeName) -> Self {
        match name {
            ThemeName::Dark => dark(),
            ThemeName::Light => light(),
            ThemeName::HighContrast => high_contrast(),
            ThemeName::None => colourless(),
        }
    }

    /// Returns the style of a person's name: the same one each time.
    pub(crate) fn name(&self, account: u64) -> Style {
        let place = usize::try_from(account % NAMES as u64).unwrap_or_default();
        self.names[place]
    }
}

fn dark() -> Theme {
    let of = |colour| Style::new().fg(colour);
    Theme {
        text: Style::new(),
        faint: of(Color::Indexed(245)),
        border: of(Color::Indexed(240)),
        // A title stands in its border's line and would take its colour.
        title: of(Color::Reset).add_modifier(Modifier::BOLD),
        note: of(Color::Indexed(109)),
        chosen: Style::new().bg(Color::Indexed(238)).add_modifier(Modifier::BOLD),
        unread: Style::new().add_modifier(Modifier::BOLD),
        mention: of(Color::Indexed(215)).add_modifier(Modifier::BOLD),
        good: of(Color::Indexed(114)),
        warning: of(Color::Indexed(221)),
        bad: of(Color::Indexed(203)).add_modifier(Modifier::BOLD),
        bar: Style::new().fg(Color::Indexed(252)).bg(Color::Indexed(236)),
        button: Style::new().fg(Color::Indexed(255)).bg(Color::Indexed(24)),
        names: [75, 114, 179, 176, 80, 209]
            .map(|index| of(Color::Indexed(index)).add_modifier(Modifier::BOLD)),
    }
}

fn light() -> Theme {
    let of = |colour| Style::new().fg(colour);
    Theme {
        text: of(Color::Indexed(235)),
        faint: of(Color::Indexed(243)),
        border: of(Color::Indexed(249)),
        title: of(Color::Indexed(235)).add_modifier(Modifier::BOLD),
        note: of(Color::Indexed(24)),
        chosen: Style::new().fg(Color::Indexed(235)).bg(Color::Indexed(253)).add_modifier(Modifier::BOLD),
        unread: of(Color::Indexed(235)).add_modifier(Modifier::BOLD),
        mention: of(Color::Indexed(130)).add_modifier(Modifier::BOLD),
        good: of(Color::Indexed(28)),
        warning: of(Color::Indexed(94)),
        bad: of(Color::Indexed(160)).add_modifier(Modifier::BOLD),
        bar: Style::new().fg(Color::Indexed(236)).bg(Color::Indexed(254)),
        button: Style::new().fg(Color::Indexed(231)).bg(Color::Indexed(25)),
        names: [25, 28, 94, 90, 30, 124].map(|index| of(Color::Indexed(index)).add_modifier(Modifier::BOLD)),
    }
}

fn high_contrast() -> Theme {
    let plain = Style::new().fg(Color::White).bg(Color::Black);
    let bold = plain.add_modifier(Modifier::BOLD);
    Theme {
        text: plain,
        faint: plain,
        border: plain,
        title: bold,
        note: plain.add_modifier(Modifier::ITALIC),
        chosen: Style::new().fg(Color::Black).bg(Color::White).add_modifier(Modifier::BOLD),
        unread: bold,
        mention: Style::new().fg(Color::Black).bg(Color::LightYellow).add_modifier(Modifier::BOLD),
        good: bold.fg(Color::LightGreen),
        warning: bold.fg(Color::LightYellow),
        bad: bold.fg(Color::LightRed).add_modifier(Modifier::UNDERLINED),
        bar: Style::new().fg(Color::Black).bg(Color::White),
        button: Style::new().fg(Color::Black).bg(Color::LightCyan).add_modifier(Modifier::BOLD),
        names: [bold.fg(Color::LightCyan); NAMES],
    }
}

fn colourless() -> Theme {
    let plain = Style::new();
    let bold = plain.add_modifier(Modifier::BOLD);
    let reversed = plain.add_modifier(Modifier::REVERSED);
    Theme {
        text: plain,
        faint: plain.add_modifier(Modifier::DIM),
        border: plain,
        title: bold,
        note: plain.add_modifier(Modifier::ITALIC),
        chosen: reversed,
        unread: bold,
        mention: bold.add_modifier(Modifier::UNDERLINED),
        good: plain,
        warning: bold,
        bad: bold.add_modifier(Modifier::UNDERLINED),
        bar: reversed,
        button: reversed,
        names: [bold; NAMES],
    }
}
