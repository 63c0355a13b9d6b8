//! Handing a sweep to a batch queue. The queue decides only where and when shards run; what is done, the disk says.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::plan::{Pilot, Sweep};
use super::work::present;
use crate::results::files;

/// Folder of the lists of chunks that rounds are about.
pub const ROUNDS: &str = "rounds";

/// Folder of what shards print.
pub const LOGS: &str = "logs";

/// Folder of scripts.
pub const JOBS: &str = "jobs";

/// Most tasks of an array, where the queue does not say less.
pub const MOST_SHARDS: u64 = 1_000;

/// Rounds after which no further one is made while none does anything.
const PATIENCE: usize = 3;

/// Environment variables in which batch queues tell a task its index.
pub const INDEX_VARIABLES: [&str; 6] = [
    "SLURM_ARRAY_TASK_ID",
    "PBS_ARRAY_INDEX",
    "LSB_JOBINDEX",
    "SGE_TASK_ID",
    "OAR_ARRAY_INDEX",
    "JOB_COMPLETION_INDEX",
];

/// Chunks that were missing when a round was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Round {
    /// Hash of the plan.
    pub plan_hash: String,
    /// Chunks, in order.
    pub chunks: Vec<u64>,
}

/// What a task of an array is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// This program.
    pub program: PathBuf,
    /// Folder of the sweep, from the root on.
    pub folder: PathBuf,
    /// Beginning of the plan's hash.
    pub plan: String,
    /// Tasks.
    pub shards: u64,
    /// Threads of a task.
    pub threads: usize,
    /// Time of a task \[s\].
    pub seconds: u64,
    /// Memory of a thread \[MB\].
    pub memory: u64,
    /// Round, if not all chunks are meant.
    pub round: Option<usize>,
    /// Further options for the queue.
    pub extra: Vec<String>,
}

/// Tasks for some runs: half an hour each, at least four if there are as many chunks, at most `limit`.
#[must_use]
pub fn shards(pilot: &Pilot, runs: u64, chunks: u64, threads: usize, limit: u64) -> u64 {
    let wanted = (pilot.mean_s * runs as f64 / (threads as f64 * 1_800.0)).ceil() as u64;
    wanted.clamp(4, limit.max(4)).min(limit).min(chunks).max(1)
}

/// Time of a task \[s\]: half more than its share of the runs takes when all are as slow as one of 100, and three minutes.
#[must_use]
pub fn seconds(pilot: &Pilot, runs: u64, shards: u64, threads: usize) -> u64 {
    let each = (runs as f64 / (shards as f64 * threads as f64)).ceil();
    (pilot.p99_s * each * 1.5) as u64 + 180
}

impl Job {
    /// The command of a task, whose index stands in a variable of the shell.
    #[must_use]
    pub fn command(&self, index: &str, threads: &str) -> String {
        let round = self.round.map_or_else(String::new, |round| format!(" --round {round}"));
        format!(
            "{} sweep run {} --shard {index}/{}{round} --threads {threads} --quiet",
            quoted(&self.program),
            quoted(&self.folder),
            self.shards,
        )
    }

    /// Script of a Slurm job array.
    ///
    /// `srun` passes signals to the program at once, which stops and ends with 75; since Slurm does not requeue a task that
    /// has ended so, the script asks for it. The number of shards is written out: `SLURM_ARRAY_TASK_COUNT` is another
    /// number when only some tasks of an array are given again.
    #[must_use]
    pub fn slurm(&self) -> String {
        let (hours, minutes) = (self.seconds / 3_600, self.seconds % 3_600 / 60 + 1);
        let extra: Vec<String> = self.extra.iter().map(|option| format!("#SBATCH {option}\n")).collect();
        let extra = extra.concat();
        let logs = self.folder.join(LOGS).join("%A_%a.log");
        let Self { plan, threads, memory, .. } = self;
        let last = self.shards - 1;
        let command = self.command("$SLURM_ARRAY_TASK_ID", "$SLURM_CPUS_PER_TASK");
        format!(
            "#!/bin/bash\n\
             #SBATCH --job-name=oreworld-{plan}\n\
             #SBATCH --array=0-{last}\n\
             #SBATCH --requeue --open-mode=append\n\
             #SBATCH --output=\"{}\"\n\
             #SBATCH --ntasks=1 --cpus-per-task={threads} --mem-per-cpu={memory}M\n\
             #SBATCH --time={hours}:{minutes:02}:00 --signal=TERM@120\n\
             {extra}\
             srun -n1 -c\"$SLURM_CPUS_PER_TASK\" {command}\n\
             rc=$?\n\
             if [ $rc = 75 ] && [ \"${{SLURM_RESTART_COUNT:-0}}\" -lt 20 ]; then\n    \
                 scontrol requeue \"${{SLURM_ARRAY_JOB_ID}}_${{SLURM_ARRAY_TASK_ID}}\" && sleep 60\n\
             fi\n\
             exit $rc\n",
            logs.display(),
        )
    }

    /// Writes the script among the jobs of the sweep; gives its path.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn write_slurm(&self) -> io::Result<PathBuf> {
        for folder in [JOBS, LOGS] {
            fs::create_dir_all(self.folder.join(folder))?;
        }
        let name = self.round.map_or_else(|| "array.sh".to_owned(), |round| format!("array-round-{round}.sh"));
        let path = self.folder.join(JOBS).join(name);
        files::write_bytes(&path, self.slurm().as_bytes())?;
        Ok(path)
    }
}

/// A path as one word of a shell.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = text.chars().all(|c| c.is_ascii_alphanumeric() || "/._-+".contains(c));
    if plain { text } else { format!("'{}'", text.replace('\'', "'\\''")) }
}

/// Why no round is made.
#[derive(Debug, thiserror::Error)]
pub enum RoundError {
    /// The disk failed.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// Nothing is missing.
    #[error("nothing is missing")]
    Complete,
    /// The last rounds did nothing.
    #[error("the last {PATIENCE} rounds have done nothing; look into {0}")]
    Stuck(String),
}

/// Lists what is missing as the next round; gives its number.
///
/// # Errors
/// When nothing is missing, the last rounds did nothing, or the disk fails.
pub fn round(sweep: &Sweep) -> Result<(usize, Round), RoundError> {
    let there = present(sweep)?;
    let chunks: Vec<u64> = (0..sweep.plan.chunks).filter(|&number| !there[number as usize]).collect();
    if chunks.is_empty() {
        return Err(RoundError::Complete);
    }
    let folder = sweep.folder.join(ROUNDS);
    fs::create_dir_all(&folder)?;
    let mut number = 1;
    while folder.join(format!("{number}.json")).exists() {
        number += 1;
    }
    let before: Vec<Round> =
        (1..number).rev().take(PATIENCE).map(|number| read_round(sweep, number)).collect::<io::Result<_>>()?;
    if before.len() == PATIENCE && before.iter().all(|round| round.chunks == chunks) {
        return Err(RoundError::Stuck(sweep.folder.join(LOGS).display().to_string()));
    }
    let round = Round { plan_hash: sweep.plan.plan_hash.clone(), chunks };
    let text = serde_json::to_string(&round).map_err(io::Error::from)?;
    files::write_bytes(&folder.join(format!("{number}.json")), text.as_bytes())?;
    Ok((number, round))
}

/// Reads a round of a sweep.
///
/// # Errors
/// When it cannot be read, or is of another plan.
pub fn read_round(sweep: &Sweep, number: usize) -> io::Result<Round> {
    let path = sweep.folder.join(ROUNDS).join(format!("{number}.json"));
    let named = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
    let round: Round = serde_json::from_slice(&fs::read(&path).map_err(named)?)?;
    if round.plan_hash != sweep.plan.plan_hash || round.chunks.iter().any(|&number| number >= sweep.plan.chunks) {
        return Err(named(io::Error::new(io::ErrorKind::InvalidData, "of another plan")));
    }
    Ok(round)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pilot(seconds: f64) -> Pilot {
        let [p50_s, p90_s, p99_s, mean_s] = [seconds; 4];
        Pilot { runs: 4, p50_s, p90_s, p99_s, mean_s, peak_bytes: None, row_bytes: 100.0 }
    }

    #[test]
    fn tasks_take_half_an_hour_and_are_at_most_as_many_as_allowed() {
        assert_eq!(shards(&pilot(1.0), 1_000_000, 20_000, 2, MOST_SHARDS), 278);
        assert_eq!(shards(&pilot(1.0), 10_000_000, 20_000, 1, MOST_SHARDS), 1_000);
        assert_eq!(shards(&pilot(1.0), 100, 50, 2, MOST_SHARDS), 4);
        assert_eq!(shards(&pilot(1.0), 100, 2, 2, MOST_SHARDS), 2);
        assert_eq!(seconds(&pilot(1.0), 1_000, 10, 2), 75 + 180);
    }

    #[test]
    fn the_script_names_every_number_and_requeues_what_was_stopped() {
        let job = Job {
            program: "/opt/ore world/oreworld".into(),
            folder: "/scratch/s".into(),
            plan: "01234567".to_owned(),
            shards: 12,
            threads: 2,
            seconds: 4_000,
            memory: 300,
            round: Some(3),
            extra: vec!["--account=ore".to_owned()],
        };
        let expected = "\
            #!/bin/bash\n\
            #SBATCH --job-name=oreworld-01234567\n\
            #SBATCH --array=0-11\n\
            #SBATCH --requeue --open-mode=append\n\
            #SBATCH --output=\"/scratch/s/logs/%A_%a.log\"\n\
            #SBATCH --ntasks=1 --cpus-per-task=2 --mem-per-cpu=300M\n\
            #SBATCH --time=1:07:00 --signal=TERM@120\n\
            #SBATCH --account=ore\n\
            srun -n1 -c\"$SLURM_CPUS_PER_TASK\" '/opt/ore world/oreworld' sweep run /scratch/s --shard $SLURM_ARRAY_TASK_ID/12 --round 3 --threads $SLURM_CPUS_PER_TASK --quiet\n\
            rc=$?\n\
            if [ $rc = 75 ] && [ \"${SLURM_RESTART_COUNT:-0}\" -lt 20 ]; then\n    \
                scontrol requeue \"${SLURM_ARRAY_JOB_ID}_${SLURM_ARRAY_TASK_ID}\" && sleep 60\n\
            fi\n\
            exit $rc\n";
        assert_eq!(job.slurm(), expected);
        assert_eq!(quoted(Path::new("/a/it's")), "'/a/it'\\''s'");
    }
}
