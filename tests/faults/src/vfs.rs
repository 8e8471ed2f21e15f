//! The layer itself: an `sqlite3_vfs` named `faults` over the system's own, and SQLite3 Multiple Ciphers' cipher over it,
//! as the default of every connection of this process. Files in folders without a [`Disk`] go through untouched.

#![expect(unsafe_code, reason = "SQLite takes a layer under its files only through its C interface")]

use std::ffi::{CStr, c_char, c_int, c_void};
use std::path::Path;
use std::ptr;
use std::sync::{Arc, OnceLock};

use healthbook_sqlite::rusqlite::ffi;

use crate::disk::{Disk, Op, Verdict};

unsafe extern "C" {
    fn sqlite3mc_vfs_create(real: *const c_char, make_default: c_int) -> c_int;
}

/// An open file: SQLite's part, what is ours, and behind it in memory the file of the system's layer.
#[repr(C)]
struct File {
    base: ffi::sqlite3_file,
    /// From [`Arc::into_raw`], or null for a file under no device.
    disk: *const Disk,
    node: u64,
}

/// The system's layer, found once and alive as long as the process.
static SYSTEM: OnceLock<usize> = OnceLock::new();

fn system() -> *mut ffi::sqlite3_vfs {
    *SYSTEM.get().expect("the layer is installed") as *mut ffi::sqlite3_vfs
}

/// Puts the layer in, once a process.
pub fn install() {
    static DONE: OnceLock<()> = OnceLock::new();
    DONE.get_or_init(|| {
        // SAFETY: SQLite is initialised first; the layer it has is never taken away, and neither is ours: it is leaked.
        unsafe {
            assert_eq!(ffi::sqlite3_initialize(), ffi::SQLITE_OK);
            let real = ffi::sqlite3_vfs_find(c"unix".as_ptr());
            assert!(!real.is_null(), "the system has a layer of files");
            SYSTEM.set(real as usize).expect("once");
            let layer = Box::leak(Box::new(*real));
            layer.iVersion = 2;
            layer.szOsFile += c_int::try_from(size_of::<File>()).expect("a small number");
            layer.pNext = ptr::null_mut();
            layer.zName = c"faults".as_ptr();
            layer.xOpen = Some(open);
            layer.xDelete = Some(delete);
            layer.xAccess = Some(access);
            assert_eq!(ffi::sqlite3_vfs_register(layer, 0), ffi::SQLITE_OK);
            assert_eq!(sqlite3mc_vfs_create(c"faults".as_ptr(), 1), ffi::SQLITE_OK);
        }
    });
}

static METHODS: ffi::sqlite3_io_methods = ffi::sqlite3_io_methods {
    iVersion: 2,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(size),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(check_reserved),
    xFileControl: Some(control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(characteristics),
    xShmMap: Some(map),
    xShmLock: Some(map_lock),
    xShmBarrier: Some(map_barrier),
    xShmUnmap: Some(map_end),
    xFetch: None,
    xUnfetch: None,
};

/// The path SQLite names; `None` for a temporary file without a name.
///
/// # Safety
/// `name` is null or a NUL-terminated string that lives as long as the answer.
unsafe fn path_of<'a>(name: *const c_char) -> Option<&'a Path> {
    if name.is_null() {
        return None;
    }
    // SAFETY: by the caller's word.
    unsafe { CStr::from_ptr(name) }.to_str().ok().map(Path::new)
}

/// Our part of an open file, and the system's.
///
/// # Safety
/// `file` was opened by [`open`].
unsafe fn parts<'a>(file: *mut ffi::sqlite3_file) -> (Option<&'a Disk>, u64, *mut ffi::sqlite3_file) {
    let ours = file.cast::<File>();
    // SAFETY: `open` wrote a `File` there and let the system's file begin right behind it.
    unsafe { ((*ours).disk.as_ref(), (*ours).node, ours.add(1).cast()) }
}

/// Calls a method of the system's file.
macro_rules! system_call {
    ($file:expr, $method:ident $(, $argument:expr)*) => {
        // SAFETY: the system's layer opened this file and gave it all methods of its second version.
        unsafe { ((*(*$file).pMethods).$method.expect("a method"))($file $(, $argument)*) }
    };
}

unsafe extern "C" fn open(
    _: *mut ffi::sqlite3_vfs,
    name: ffi::sqlite3_filename,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    out: *mut c_int,
) -> c_int {
    let ours = file.cast::<File>();
    // SAFETY: SQLite gives `szOsFile` bytes, aligned, for us and the system's file behind; the name is SQLite's.
    unsafe {
        (*ours).base.pMethods = ptr::null();
        (*ours).disk = ptr::null();
        (*ours).node = 0;
        let path = path_of(name);
        let disk = path.and_then(Disk::of);
        if let Some(disk) = &disk
            && disk.ask(Op::Open) != Verdict::Go
        {
            return ffi::SQLITE_CANTOPEN;
        }
        let made = path.is_some_and(|path| !path.exists());
        let real: *mut ffi::sqlite3_file = ours.add(1).cast();
        let code = ((*system()).xOpen.expect("a method"))(system(), name, real, flags, out);
        if code != ffi::SQLITE_OK {
            return code;
        }
        if let (Some(disk), Some(path)) = (disk, path) {
            (*ours).node = disk.opened(path, made);
            (*ours).disk = Arc::into_raw(disk);
        }
        (*ours).base.pMethods = &METHODS;
        code
    }
}

unsafe extern "C" fn delete(_: *mut ffi::sqlite3_vfs, name: *const c_char, sync_dir: c_int) -> c_int {
    // SAFETY: SQLite names the file.
    unsafe {
        if let Some(path) = path_of(name)
            && let Some(disk) = Disk::of(path)
        {
            if disk.ask(Op::Delete) != Verdict::Go {
                return ffi::SQLITE_IOERR_DELETE;
            }
            disk.removing(path);
        }
        ((*system()).xDelete.expect("a method"))(system(), name, sync_dir)
    }
}

unsafe extern "C" fn access(
    _: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    flags: c_int,
    out: *mut c_int,
) -> c_int {
    // SAFETY: SQLite names the file.
    unsafe {
        if let Some(path) = path_of(name)
            && let Some(disk) = Disk::of(path)
            && disk.ask(Op::Access) != Verdict::Go
        {
            return ffi::SQLITE_IOERR_ACCESS;
        }
        ((*system()).xAccess.expect("a method"))(system(), name, flags, out)
    }
}

unsafe extern "C" fn close(file: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: opened by `open`.
    let (_, _, real) = unsafe { parts(file) };
    let code = system_call!(real, xClose);
    let ours = file.cast::<File>();
    // SAFETY: opened by `open`; the count that `Arc::into_raw` kept is given back once.
    unsafe {
        if !(*ours).disk.is_null() {
            drop(Arc::from_raw((*ours).disk));
            (*ours).disk = ptr::null();
        }
    }
    code
}

unsafe extern "C" fn read(file: *mut ffi::sqlite3_file, to: *mut c_void, count: c_int, at: i64) -> c_int {
    // SAFETY: opened by `open`.
    let (disk, _, real) = unsafe { parts(file) };
    if disk.is_some_and(|disk| disk.ask(Op::Read) != Verdict::Go) {
        return ffi::SQLITE_IOERR_READ;
    }
    system_call!(real, xRead, to, count, at)
}

unsafe extern "C" fn write(
    file: *mut ffi::sqlite3_file,
    from: *const c_void,
    count: c_int,
    at: i64,
) -> c_int {
    // SAFETY: opened by `open`.
    let (disk, node, real) = unsafe { parts(file) };
    let Some(disk) = disk else { return system_call!(real, xWrite, from, count, at) };
    let verdict = disk.ask(Op::Write);
    let written = match verdict {
        Verdict::Go => count,
        Verdict::Half => count / 2,
        Verdict::Fail => return ffi::SQLITE_IOERR_WRITE,
        Verdict::Full => return ffi::SQLITE_FULL,
    };
    let code = system_call!(real, xWrite, from, written, at);
    if code == ffi::SQLITE_OK {
        // SAFETY: SQLite gives `count` bytes, and `written` is no more.
        let bytes =
            unsafe { std::slice::from_raw_parts(from.cast::<u8>(), usize::try_from(written).unwrap_or(0)) };
        disk.wrote(node, u64::try_from(at).unwrap_or(0), bytes);
    }
    if verdict == Verdict::Half { ffi::SQLITE_FULL } else { code }
}

unsafe extern "C" fn truncate(file: *mut ffi::sqlite3_file, length: i64) -> c_int {
    // SAFETY: opened by `open`.
    let (disk, node, real) = unsafe { parts(file) };
    if disk.is_some_and(|disk| disk.ask(Op::Truncate) != Verdict::Go) {
        return ffi::SQLITE_IOERR_TRUNCATE;
    }
    let code = system_call!(real, xTruncate, length);
    if let (Some(disk), ffi::SQLITE_OK) = (disk, code) {
        disk.truncated(node, u64::try_from(length).unwrap_or(0));
    }
    code
}

/// Under a device nothing is really synced: what would be on the disk is told by the device, and much faster.
unsafe extern "C" fn sync(file: *mut ffi::sqlite3_file, flags: c_int) -> c_int {
    // SAFETY: opened by `open`.
    let (disk, node, real) = unsafe { parts(file) };
    let Some(disk) = disk else { return system_call!(real, xSync, flags) };
    let done = disk.ask(Op::Sync) == Verdict::Go;
    disk.synced(node, done);
    if done { ffi::SQLITE_OK } else { ffi::SQLITE_IOERR_FSYNC }
}

unsafe extern "C" fn size(file: *mut ffi::sqlite3_file, out: *mut i64) -> c_int {
    // SAFETY: opened by `open`.
    let (disk, _, real) = unsafe { parts(file) };
    if disk.is_some_and(|disk| disk.ask(Op::Size) != Verdict::Go) {
        return ffi::SQLITE_IOERR_FSTAT;
    }
    system_call!(real, xFileSize, out)
}

unsafe extern "C" fn lock(file: *mut ffi::sqlite3_file, level: c_int) -> c_int {
    // SAFETY: opened by `open`.
    let (_, _, real) = unsafe { parts(file) };
    system_call!(real, xLock, level)
}

unsafe extern "C" fn unlock(file: *mut ffi::sqlite3_file, level: c_int) -> c_int {
    // SAFETY: opened by `open`.
    let (_, _, real) = unsafe { parts(file) };
    system_call!(real, xUnlock, level)
}

unsafe extern "C" fn check_reserved(file: *mut ffi::sqlite3_file, out: *mut c_int) -> c_int {
    // SAFETY: opened by `open`.
    let (_, _, real) = unsafe { parts(file) };
    system_call!(real, xCheckReservedLock, out)
}

unsafe extern "C" fn control(file: *mut ffi::sqlite3_file, op: c_int, argument: *mut c_void) -> c_int {
    // SAFETY: opened by `open`.
    let (_, _, real) = unsafe { parts(file) };
    system_call!(real, xFileControl, op, argument)
}

unsafe extern "C" fn sector_size(file: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: opened by `open`.
    let (_, _, real) = unsafe { parts(file) };
    system_call!(real, xSectorSize)
}

/// As the system's: that a write leaves what stands beside it alone (`POWERSAFE_OVERWRITE`) is all that it promises.
unsafe extern "C" fn characteristics(file: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: opened by `open`.
    let (_, _, real) = unsafe { parts(file) };
    system_call!(real, xDeviceCharacteristics)
}

unsafe extern "C" fn map(
    file: *mut ffi::sqlite3_file,
    region: c_int,
    length: c_int,
    extend: c_int,
    out: *mut *mut c_void,
) -> c_int {
    // SAFETY: opened by `open`.
    let (disk, _, real) = unsafe { parts(file) };
    match disk.map_or(Verdict::Go, |disk| disk.ask(Op::Map)) {
        Verdict::Go => system_call!(real, xShmMap, region, length, extend, out),
        Verdict::Fail => ffi::SQLITE_IOERR_SHMMAP,
        // How the system's layer tells that the index could not be made larger.
        Verdict::Full | Verdict::Half => ffi::SQLITE_IOERR_SHMSIZE,
    }
}

unsafe extern "C" fn map_lock(file: *mut ffi::sqlite3_file, at: c_int, count: c_int, flags: c_int) -> c_int {
    // SAFETY: opened by `open`.
    let (_, _, real) = unsafe { parts(file) };
    system_call!(real, xShmLock, at, count, flags)
}

unsafe extern "C" fn map_barrier(file: *mut ffi::sqlite3_file) {
    // SAFETY: opened by `open`.
    let (_, _, real) = unsafe { parts(file) };
    system_call!(real, xShmBarrier);
}

unsafe extern "C" fn map_end(file: *mut ffi::sqlite3_file, remove: c_int) -> c_int {
    // SAFETY: opened by `open`.
    let (_, _, real) = unsafe { parts(file) };
    system_call!(real, xShmUnmap, remove)
}
