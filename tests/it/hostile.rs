//! Files that mean harm: refused with a reason, with less than 200 MB of address space and a second of a core.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

/// Seconds of a core. Debug builds, several times slower, get more.
const SECONDS: u32 = if cfg!(debug_assertions) { 10 } else { 1 };

/// What the program says of a file and how it ends, under limits of memory and time that end it by a signal.
fn refused(verb: &[&str], file: &Path) -> String {
    let limits = format!("ulimit -v 204800 && ulimit -t {SECONDS} && exec \"$@\"");
    let output = Command::new("sh")
        .args(["-c", &limits, "sh", env!("CARGO_BIN_EXE_oreworld")])
        .args(verb)
        .arg(file)
        .current_dir(file.parent().expect("a folder"))
        .output()
        .expect("it runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let shown = || said.chars().take(2_000).collect::<String>();
    assert!(
        matches!(output.status.code(), Some(1 | 2)),
        "{verb:?} {}: {:?}\n{}",
        file.display(),
        output.status,
        shown()
    );
    assert!(!said.contains("panicked"), "{}", shown());
    assert!(said.len() < 2_000_000, "{} bytes of words", said.len());
    said
}

struct Project(tempfile::TempDir);

impl Project {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        for name in ["worlds/two-shores.ron", "experiments/two-shores-ban.ron"] {
            std::fs::create_dir_all(folder.path().join(name).parent().expect("a folder")).expect("a disk");
            std::fs::copy(root.join(name), folder.path().join(name)).expect("a disk");
        }
        Self(folder)
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.0.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).expect("a file")
    }

    /// Writes a file and gives what is said of it.
    fn says(&self, verb: &[&str], name: &str, text: &str) -> String {
        std::fs::write(self.path(name), text).expect("a disk");
        refused(verb, &self.path(name))
    }

    /// Says what is wrong with the experiment after a change.
    fn experiment(&self, from: &str, to: &str) -> String {
        let text = self.text("experiments/two-shores-ban.ron");
        assert!(text.contains(from), "{from}");
        self.says(&["check"], "experiments/changed.ron", &text.replacen(from, to, 1))
    }

    /// Says what is wrong with the world after a change.
    fn world(&self, from: &str, to: &str) -> String {
        let text = self.text("worlds/two-shores.ron");
        assert!(text.contains(from), "{from}");
        self.says(&["check"], "worlds/changed.ron", &text.replacen(from, to, 1))
    }
}

fn has(said: &str, parts: &[&str]) {
    for part in parts {
        assert!(said.contains(part), "{part}: {}", said.chars().take(2_000).collect::<String>());
    }
}

#[test]
fn no_path_leads_out_of_a_project() {
    let project = Project::new();
    std::fs::write(project.path("secret.txt"), "token-of-the-owner").expect("a disk");
    let world = "world: \"../worlds/two-shores.ron\"";
    for (to, why) in [
        ("world: \"/etc/passwd\"", "only files whose names end in .ron are read"),
        ("world: \"../secret.txt\"", "only files whose names end in .ron are read"),
        ("world: \"/dev/zero\"", "not a plain file"),
        ("world: \"..\"", "not a plain file"),
        ("world: \"../../../../../../../../nowhere.ron\"", "cannot be read"),
    ] {
        let said = project.experiment(world, to);
        has(&said, &[why, "changed.ron:"]);
        assert!(!said.contains("token") && !said.contains("root:"), "{said}");
    }
    for name in ["../secret.ron", "/etc/passwd", ".hidden.ron", "sub/part.ron", "..\\\\part.ron", "secret.txt"] {
        let said = project.says(&["check"], "worlds/whole.ron", &format!("World(include: [\"{name}\"])"));
        has(&said, &["is no file in the folder of this one", "whole.ron:1:"]);
    }
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(project.path("secret.txt"), project.path("worlds/link.ron")).expect("a link");
        let said = project.says(&["check"], "worlds/whole.ron", "World(include: [\"link.ron\"])");
        has(&said, &["only files whose names end in .ron are read"]);
        assert!(!said.contains("token"), "{said}");
        assert!(Command::new("mkfifo").arg(project.path("worlds/pipe.ron")).status().expect("mkfifo").success());
        has(&project.experiment(world, "world: \"../worlds/pipe.ron\""), &["not a plain file"]);
    }
}

#[test]
fn no_file_includes_itself_or_what_includes_it() {
    let project = Project::new();
    let cycle = |other: &str| format!("World(include: [\"{other}\"])");
    std::fs::write(project.path("worlds/b.ron"), cycle("a.ron")).expect("a disk");
    for other in ["a.ron", "b.ron"] {
        let said = project.says(&["check"], "worlds/a.ron", &cycle(other));
        has(&said, &["a world that is put together itself cannot be a part"]);
    }
}

#[test]
fn bombs_do_not_go_off() {
    let project = Project::new();
    let deep = |open: &str, close: &str| format!("World(label: {}{})", open.repeat(500_000), close.repeat(500_000));
    for (open, close) in [("(", ")"), ("[", "]"), ("{1:", "}"), ("Some(", ")"), ("/*", "*/")] {
        project.says(&["check"], "deep.ron", &deep(open, close));
    }
    has(&project.says(&["check"], "large.ron", &format!("World({})", " ".repeat(9 << 20))), &["more than the"]);
    let list = format!("World(mines: [{}])", "1,".repeat(3 << 20));
    has(&project.says(&["check"], "list.ron", &list), &["more than 200000 values before here"]);
    // Many parts, each a world: what they say is read once each, however often it is the same.
    let names: Vec<String> = (0..400).map(|part| format!("p{part}.ron")).collect();
    for name in &names {
        std::fs::copy(project.path("worlds/two-shores.ron"), project.path("worlds").join(name)).expect("a disk");
    }
    let include = names.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ");
    project.says(&["check"], "worlds/many.ron", &format!("World(include: [{include}])"));
    // Many entries that are wrong, alike, or both.
    let mut mines = String::new();
    for mine in 0..60_000 {
        write!(mines, "\"m{mine}\": (region: \"nort{mine}\"), ").expect("a text");
    }
    project.world("mines: {", &format!("mines: {{ {mines}"));
    let again = "\"red-hill\": (), ".repeat(100_000);
    project.world("mines: {", &format!("mines: {{ {again}"));
    let fields = "unknwon: 1, ".repeat(200_000);
    project.world("mines: {", &format!("{fields} mines: {{"));
    project.says(&["check"], "number.ron", &format!("World(base_year: {})", "9".repeat(7 << 20)));
    project.says(&["check"], "name.ron", &format!("World({}: 1)", "x".repeat(7 << 20)));
    project.says(&["check"], "string.ron", &format!("World(id: \"{}\")", "x".repeat(7 << 20)));
}

#[test]
fn nothing_is_asked_for_by_the_billion() {
    let project = Project::new();
    for (from, to, why) in [
        ("count: 20", "count: 1_000_000_000", "1000000000 is out of range"),
        ("count: 20", "count: 99_999_999_999_999_999_999", "expected a whole number"),
        ("until: Date(\"2027-12-31\")", "until: Date(\"9999-12-31\")", "weeks"),
    ] {
        has(&project.experiment(from, to), &[why]);
    }
    let seeds = ["run", "--seeds", "1000000000"];
    has(&refused(&seeds, &project.path("experiments/two-shores-ban.ron")), &["1000000000 is not in 1..=1000000"]);
    // 10⁹ agents by number and by entry.
    let futures = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("worlds/two-shores-futures.ron"));
    let futures = futures.expect("a file");
    let at = futures.find("count: ").expect("traders");
    let end = at + futures[at..].find([',', ')']).expect("an end");
    let billion = format!("{}count: 1_000_000_000{}", &futures[..at], &futures[end..]);
    has(&project.says(&["check"], "worlds/futures.ron", &billion), &["1000000000 is out of range"]);
    let mut arms = String::new();
    for arm in 0..4_000 {
        write!(arms, "\"a{arm}\": (label: (zh: \"臂\", en: \"Arm\")), ").expect("a text");
    }
    has(&project.experiment("arms: {", &format!("arms: {{ {arms}")), &["4002 arms"]);
    let factors = |design: &str| {
        let factors = "factors: { \"cost\": (paths: [\"mines.red-hill.cash_cost\"], over: Scale(Uniform(0.5, 2))) },";
        project.experiment("outcomes: {", &format!("{factors}\n    design: {design},\n    outcomes: {{"))
    };
    has(&factors("LatinHypercube(points: 1_000_000_000)"), &["1000000000 is out of range"]);
    has(&factors("Saltelli(base: 100_000_000)"), &["out of range"]);
}
