//! One folder's device: what is to fail, and what of its files is on the disk for good.

use std::collections::{BTreeMap, HashMap};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use healthbook_scenarios::keeper::Dice;

/// Part of a write that reaches the disk whole or not at all.
const SECTOR: usize = 512;

/// An operation on a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Op {
    /// Opening, or making.
    Open,
    /// Reading.
    Read,
    /// Writing.
    Write,
    /// Syncing.
    Sync,
    /// Cutting off.
    Truncate,
    /// Removing.
    Delete,
    /// Asking for the length.
    Size,
    /// Asking whether it is there.
    Access,
    /// Enlarging or mapping the index of the WAL.
    Map,
}

impl Op {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Open,
        Self::Read,
        Self::Write,
        Self::Sync,
        Self::Truncate,
        Self::Delete,
        Self::Size,
        Self::Access,
        Self::Map,
    ];

    /// Those that change something.
    pub const CHANGING: [Self; 4] = [Self::Write, Self::Sync, Self::Truncate, Self::Delete];
}

/// What an operation comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The device fails. What a failed sync was for may be gone for good, also when a later one succeeds.
    Device,
    /// There is no room.
    Full,
    /// There is room for half of what is written.
    Short,
    /// The process is ended here: what was written before stays, and nothing follows.
    Kill,
    /// The power ends here: of what was not synced nothing stays.
    PowerLoss,
    /// The power ends here: of what was not synced some sectors stay, in any order.
    TornPowerLoss(u64),
}

/// When something fails.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Counted are these operations.
    pub ops: Vec<Op>,
    /// The one that fails; the first is 1.
    pub at: u64,
    /// How.
    pub fault: Fault,
    /// Every counted operation after it fails too, until the device is mended.
    pub lasting: bool,
}

/// A folder as it stands on the disk: names and bytes.
pub type Image = BTreeMap<String, Vec<u8>>;

#[derive(Debug, Clone)]
enum Change {
    Write(usize, Vec<u8>),
    Truncate(usize),
}

impl Change {
    fn apply(&self, bytes: &mut Vec<u8>) {
        match self {
            Self::Write(at, new) => {
                if bytes.len() < at + new.len() {
                    bytes.resize(at + new.len(), 0);
                }
                bytes[*at..at + new.len()].copy_from_slice(new);
            }
            Self::Truncate(length) => bytes.truncate(*length),
        }
    }

    /// What a torn end of the power leaves of it, a sector at a time.
    fn torn(&self, dice: &mut Dice) -> Vec<Self> {
        match self {
            Self::Truncate(_) => {
                if dice.below(2) == 0 {
                    vec![self.clone()]
                } else {
                    Vec::new()
                }
            }
            Self::Write(at, new) => {
                let first = SECTOR - at % SECTOR;
                let mut pieces = Vec::new();
                let mut from = 0;
                while from < new.len() {
                    let to = if from == 0 { first } else { from + SECTOR }.min(new.len());
                    if dice.below(2) == 0 {
                        pieces.push(Self::Write(at + from, new[from..to].to_vec()));
                    }
                    from = to;
                }
                pieces
            }
        }
    }
}

/// A file as the disk has it, and what is on its way there.
#[derive(Debug, Default)]
struct Shadow {
    synced: Vec<u8>,
    pending: Vec<Change>,
}

#[derive(Default)]
struct State {
    plan: Option<Plan>,
    counts: HashMap<Op, u64>,
    counted: u64,
    struck: bool,
    /// The device answers nothing any more.
    dead: bool,
    files: HashMap<u64, Shadow>,
    /// Removed without the folder being synced: they may come back.
    removed: Image,
    image: Option<Image>,
}

/// The device under one folder.
pub struct Disk {
    dir: PathBuf,
    state: Mutex<State>,
}

static DISKS: Mutex<Vec<Arc<Disk>>> = Mutex::new(Vec::new());

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What the layer does with an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It goes through.
    Go,
    /// It fails with the error of its kind.
    Fail,
    /// There is no room.
    Full,
    /// Half of it goes through, then there is no room.
    Half,
}

fn inode(path: &Path) -> Option<u64> {
    Some(std::fs::metadata(path).ok()?.ino())
}

impl Disk {
    /// Puts a device under a folder that is there. It does not fail until it is told to.
    pub fn under(dir: &Path) -> Arc<Self> {
        crate::vfs::install();
        let disk = Arc::new(Self { dir: dir.canonicalize().unwrap(), state: Mutex::default() });
        locked(&DISKS).push(Arc::clone(&disk));
        disk
    }

    /// The device under a file, if there is one.
    pub(crate) fn of(path: &Path) -> Option<Arc<Self>> {
        let dir = path.parent()?;
        locked(&DISKS).iter().find(|disk| disk.dir == dir).cloned()
    }

    /// Sets what is to fail; counting begins anew.
    pub fn plan(&self, plan: Plan) {
        let mut state = locked(&self.state);
        state.counted = 0;
        state.struck = false;
        state.plan = Some(plan);
    }

    /// Nothing fails any more, unless the power is gone.
    pub fn mend(&self) {
        locked(&self.state).plan = None;
    }

    /// How many operations of these kinds there were.
    pub fn count(&self, ops: &[Op]) -> u64 {
        let state = locked(&self.state);
        ops.iter().filter_map(|op| state.counts.get(op)).sum()
    }

    /// Whether what was planned has come.
    pub fn has_struck(&self) -> bool {
        locked(&self.state).struck
    }

    /// Takes the device away and gives the folder as it stood when the end came; for a device that has not ended, as it
    /// would be found when the power ends now.
    pub fn end(self: Arc<Self>) -> Image {
        let image = {
            let mut state = locked(&self.state);
            match state.image.take() {
                Some(image) => image,
                None => self.image_of(&state, Fault::PowerLoss),
            }
        };
        self.take_away();
        image
    }

    /// Takes the device away; its folder is one like any other from now on.
    pub fn take_away(self: Arc<Self>) {
        locked(&DISKS).retain(|disk| !Arc::ptr_eq(disk, &self));
    }

    /// What is to happen with an operation. The end of the power or of the process is taken down here, before it.
    pub(crate) fn ask(&self, op: Op) -> Verdict {
        let mut state = locked(&self.state);
        *state.counts.entry(op).or_default() += 1;
        if state.dead {
            return Verdict::Fail;
        }
        let Some(plan) = state.plan.clone() else { return Verdict::Go };
        if !plan.ops.contains(&op) {
            return Verdict::Go;
        }
        state.counted += 1;
        if state.counted != plan.at && !(plan.lasting && state.counted > plan.at) {
            return Verdict::Go;
        }
        state.struck = true;
        match plan.fault {
            Fault::Device => Verdict::Fail,
            Fault::Full => Verdict::Full,
            Fault::Short => Verdict::Half,
            Fault::Kill | Fault::PowerLoss | Fault::TornPowerLoss(_) => {
                let image = self.image_of(&state, plan.fault);
                state.image = Some(image);
                state.dead = true;
                Verdict::Fail
            }
        }
    }

    fn image_of(&self, state: &State, fault: Fault) -> Image {
        let mut dice = Dice(if let Fault::TornPowerLoss(seed) = fault { seed } else { 0 });
        let torn = matches!(fault, Fault::TornPowerLoss(_));
        let mut image = Image::new();
        let mut entries: Vec<_> = std::fs::read_dir(&self.dir).unwrap().map(Result::unwrap).collect();
        entries.sort_by_key(std::fs::DirEntry::file_name);
        for entry in entries {
            let name = entry.file_name().into_string().unwrap();
            // `book.keys` goes past this layer, synced by whoever writes it, and may have the number of a file that is gone.
            let shadow = inode(&entry.path())
                .filter(|_| name.starts_with("book.db"))
                .and_then(|node| state.files.get(&node));
            let bytes = match (fault, shadow) {
                (Fault::Kill, _) | (_, None) => std::fs::read(entry.path()).unwrap(),
                (_, Some(shadow)) => {
                    let mut bytes = shadow.synced.clone();
                    if torn {
                        for change in &shadow.pending {
                            change.torn(&mut dice).iter().for_each(|piece| piece.apply(&mut bytes));
                        }
                    }
                    bytes
                }
            };
            // The index of the WAL lives in memory: nothing of it survives the power.
            if fault == Fault::Kill || !name.ends_with("-shm") {
                image.insert(name, bytes);
            }
        }
        if torn {
            for (name, bytes) in &state.removed {
                if dice.below(2) == 0 {
                    image.entry(name.clone()).or_insert_with(|| bytes.clone());
                }
            }
        }
        image
    }

    /// A file was opened: what it holds is taken for synced when it is seen for the first time. `made` says that it was
    /// not there before.
    pub(crate) fn opened(&self, path: &Path, made: bool) -> u64 {
        let Some(node) = inode(path) else { return 0 };
        let mut state = locked(&self.state);
        if made {
            state.files.insert(node, Shadow::default());
            state.removed.remove(&name_of(path));
        } else {
            state.files.entry(node).or_insert_with(|| Shadow {
                synced: std::fs::read(path).unwrap_or_default(),
                pending: Vec::new(),
            });
        }
        node
    }

    pub(crate) fn wrote(&self, node: u64, at: u64, bytes: &[u8]) {
        if let Some(shadow) = locked(&self.state).files.get_mut(&node) {
            shadow.pending.push(Change::Write(usize::try_from(at).unwrap(), bytes.to_vec()));
        }
    }

    pub(crate) fn truncated(&self, node: u64, length: u64) {
        if let Some(shadow) = locked(&self.state).files.get_mut(&node) {
            shadow.pending.push(Change::Truncate(usize::try_from(length).unwrap()));
        }
    }

    /// What was written is on the disk, or, after a sync that failed, forgotten: the system takes its pages for clean.
    pub(crate) fn synced(&self, node: u64, done: bool) {
        if let Some(shadow) = locked(&self.state).files.get_mut(&node) {
            for change in std::mem::take(&mut shadow.pending) {
                if done {
                    change.apply(&mut shadow.synced);
                }
            }
        }
    }

    /// A file is about to be removed.
    pub(crate) fn removing(&self, path: &Path) {
        let Some(node) = inode(path) else { return };
        let mut state = locked(&self.state);
        if let Some(shadow) = state.files.remove(&node) {
            state.removed.insert(name_of(path), shadow.synced);
        }
    }
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// Lays an image out in a folder of its own.
pub fn lay_out(image: &Image, dir: &Path) {
    std::fs::create_dir_all(dir).unwrap();
    for (name, bytes) in image {
        std::fs::write(dir.join(name), bytes).unwrap();
    }
}

/// A folder as it stands, with the files that hold something.
pub fn image_of(dir: &Path) -> Image {
    healthbook_scenarios::files_under(dir).into_iter().map(|(path, bytes)| (name_of(&path), bytes)).collect()
}
