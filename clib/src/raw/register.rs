//! What a connection is told to call: functions, collations and hooks.

use std::ffi::CStr;
use std::{mem, ptr};

use clib_sys as ffi;
use libc::{c_int, c_uint};

use super::db::Db;
use crate::callback::collation::CollationRegistration;
use crate::callback::hook::{self, Hook, Hooks, Place, WalCommit};
use crate::callback::preupdate::{self, PreUpdate};
use crate::callback::registration::Registration;
use crate::callback::trace::{self, TraceEvent};
use crate::collation::{Collation, SharedCompare};
use crate::error::{Error, Result};
use crate::hooks::{Action, AuthContext, Authorization};

/// Before, values are those of other columns where some are generated or were added, and some are read behind the table's.
const PREUPDATE_SINCE: i32 = 3_049_001;

impl Db {
    /// Registers a function, which SQLite owns from here on.
    pub(crate) fn register_function(&mut self, function: Registration) -> Result<()> {
        self.note_functions();
        let Registration {
            name,
            arguments,
            flags,
            data,
            call,
            step,
            finish,
            value,
            inverse,
            destroy,
        } = function;
        let code = if value.is_some() {
            // SAFETY: open, by the type invariant; the name is NUL-terminated; the callbacks are those of the data, by the invariant of
            // `Registration`, and SQLite owns that from here on, also where this fails.
            unsafe {
                ffi::sqlite3_create_window_function(
                    self.to_lead(),
                    name.as_ptr(),
                    arguments,
                    flags,
                    data,
                    step,
                    finish,
                    value,
                    inverse,
                    Some(destroy),
                )
            }
        } else {
            // SAFETY: as above.
            unsafe {
                ffi::sqlite3_create_function_v2(
                    self.to_lead(),
                    name.as_ptr(),
                    arguments,
                    flags,
                    data,
                    call,
                    step,
                    finish,
                    Some(destroy),
                )
            }
        };
        self.registered(code)
    }

    /// Removes the form of a SQL function that takes so many arguments; nothing where there is none.
    pub(crate) fn remove_function(&self, name: &CStr, arguments: c_int) -> Result<()> {
        // SAFETY: open, by the type invariant; the name is NUL-terminated, and no implementation means removal.
        let code = unsafe {
            ffi::sqlite3_create_function_v2(
                self.to_lead(),
                name.as_ptr(),
                arguments,
                ffi::SQLITE_UTF8,
                ptr::null_mut(),
                None,
                None,
                None,
                None,
            )
        };
        self.registered(code)
    }

    /// Registers a collation, which SQLite owns from here on.
    pub(crate) fn register_collation(&mut self, collation: CollationRegistration) -> Result<()> {
        self.guard_commits();
        self.note_functions();
        self.keep_to_one_thread();
        // SAFETY: open, by the type invariant, and used by this thread.
        let code = unsafe { collation.register(self.to_lead()) };
        self.registered(code)
    }

    /// Registers a collation on a connection that other code owns, which SQLite owns from here on.
    pub(crate) fn register_foreign_collation(
        &mut self,
        name: &str,
        compare: SharedCompare,
    ) -> Result<()> {
        let collation = CollationRegistration::foreign(name, self.pointer(), compare)?;
        // SAFETY: open, by the type invariant, and used by this thread.
        let code = unsafe { collation.register(self.to_lead()) };
        self.registered(code)
    }

    /// Removes a collation; nothing where there is none.
    pub(crate) fn remove_collation(&mut self, name: &CStr) -> Result<()> {
        self.note_functions();
        // SAFETY: open, by the type invariant; the name is NUL-terminated, and no implementation means removal.
        let code = unsafe {
            ffi::sqlite3_create_collation_v2(
                self.to_lead(),
                name.as_ptr(),
                ffi::SQLITE_UTF8,
                ptr::null_mut(),
                None,
                None,
            )
        };
        self.registered(code)
    }

    /// What a registration has ended with. The destructor of what it replaces has run.
    fn registered(&self, code: c_int) -> Result<()> {
        self.note_registration();
        self.check(code, None)?;
        self.callbacks().resume();
        Ok(())
    }

    /// Has SQLite ask before it commits, for what must not be committed.
    fn guard_commits(&mut self) {
        if self.callbacks().guard() {
            return;
        }
        if !self.hooks_mut().has(Place::Commit) {
            self.set_commit_hook(|| Ok(()));
        }
        if !self.hooks_mut().has(Place::Rollback) {
            self.set_rollback_hook(|| ());
        }
    }

    pub(crate) fn set_commit_hook<F>(&mut self, hook: F)
    where
        F: FnMut() -> Result<()> + Send + 'static,
    {
        let (hook, data) = Hook::new(self.callbacks(), hook);
        // SAFETY: open, by the type invariant; the callback is that of the data, a token of what `hooks` keeps.
        unsafe { ffi::sqlite3_commit_hook(self.as_ptr(), Some(hook::commit::<F>), data) };
        self.keep_hook(Place::Commit, Some(hook));
    }

    pub(crate) fn clear_commit_hook(&mut self) {
        if self.callbacks().is_guarded() {
            return self.set_commit_hook(|| Ok(()));
        }
        // SAFETY: open, by the type invariant.
        unsafe { ffi::sqlite3_commit_hook(self.as_ptr(), None, ptr::null_mut()) };
        self.keep_hook(Place::Commit, None);
    }

    pub(crate) fn set_rollback_hook<F: FnMut() + Send + 'static>(&mut self, hook: F) {
        let (hook, data) = Hook::new(self.callbacks(), hook);
        // SAFETY: as for the commit hook.
        unsafe { ffi::sqlite3_rollback_hook(self.as_ptr(), Some(hook::rollback::<F>), data) };
        self.keep_hook(Place::Rollback, Some(hook));
    }

    pub(crate) fn clear_rollback_hook(&mut self) {
        if self.callbacks().is_guarded() {
            return self.set_rollback_hook(|| ());
        }
        // SAFETY: open, by the type invariant.
        unsafe { ffi::sqlite3_rollback_hook(self.as_ptr(), None, ptr::null_mut()) };
        self.keep_hook(Place::Rollback, None);
    }

    pub(crate) fn set_update_hook<F>(&mut self, hook: F)
    where
        F: FnMut(Action, &str, &str, i64) + Send + 'static,
    {
        self.guard_commits();
        let (hook, data) = Hook::new(self.callbacks(), hook);
        // SAFETY: as for the commit hook.
        unsafe { ffi::sqlite3_update_hook(self.as_ptr(), Some(hook::update::<F>), data) };
        self.keep_hook(Place::Update, Some(hook));
    }

    pub(crate) fn clear_update_hook(&mut self) {
        // SAFETY: open, by the type invariant.
        unsafe { ffi::sqlite3_update_hook(self.as_ptr(), None, ptr::null_mut()) };
        self.keep_hook(Place::Update, None);
    }

    pub(crate) fn set_preupdate_hook<F>(&mut self, hook: F) -> Result<()>
    where
        F: FnMut(&PreUpdate<'_>) + Send + 'static,
    {
        super::require("sqlite3_preupdate_hook")?;
        if super::version_number() < PREUPDATE_SINCE {
            return Err(Error::Library(format!(
                "the pre-update hook needs SQLite 3.49.1 or newer, and {} is in use: older ones tell of other columns' values",
                super::version()
            )));
        }
        self.guard_commits();
        let (hook, data) = Hook::new(self.callbacks(), hook);
        let callback = Some(preupdate::preupdate::<F> as _);
        // SAFETY: as for the commit hook.
        unsafe { ffi::sqlite3_preupdate_hook(self.as_ptr(), callback, data) };
        self.keep_hook(Place::PreUpdate, Some(hook));
        // `DELETE FROM t` that was prepared without a hook empties the table as a whole.
        self.statements().clear();
        self.finalize_retired();
        Ok(())
    }

    pub(crate) fn clear_preupdate_hook(&mut self) {
        // Otherwise it may be somebody else's, and the library need not have the function.
        if self.hooks_mut().has(Place::PreUpdate) {
            // SAFETY: open, by the type invariant.
            unsafe { ffi::sqlite3_preupdate_hook(self.as_ptr(), None, ptr::null_mut()) };
            self.keep_hook(Place::PreUpdate, None);
        }
    }

    pub(crate) fn set_wal_hook<F>(&mut self, hook: F)
    where
        F: Fn(&WalCommit<'_>) -> Result<()> + Send + 'static,
    {
        let (hook, data) = Hook::new(self.callbacks(), hook);
        // SAFETY: as for the commit hook.
        unsafe { ffi::sqlite3_wal_hook(self.as_ptr(), Some(hook::wal::<F>), data) };
        self.keep_hook(Place::Wal, Some(hook));
    }

    /// Sets SQLite's own hook again, which checkpoints after that many pages.
    pub(crate) fn clear_wal_hook(&mut self, pages: c_int) -> Result<()> {
        // SAFETY: open, by the type invariant.
        let code = unsafe { ffi::sqlite3_wal_autocheckpoint(self.as_ptr(), pages) };
        self.check(code, None)?;
        self.keep_hook(Place::Wal, None);
        Ok(())
    }

    pub(crate) fn set_authorizer<F>(&mut self, authorizer: F) -> Result<()>
    where
        F: FnMut(&AuthContext<'_>) -> Authorization + Send + 'static,
    {
        let (hook, data) = Hook::new(self.callbacks(), authorizer);
        // SAFETY: as for the commit hook; where it fails, SQLite calls what it called before.
        let code =
            unsafe { ffi::sqlite3_set_authorizer(self.as_ptr(), Some(hook::authorize::<F>), data) };
        self.check(code, None)?;
        self.keep_hook(Place::Authorizer, Some(hook));
        Ok(())
    }

    pub(crate) fn clear_authorizer(&mut self) -> Result<()> {
        // SAFETY: open, by the type invariant.
        let code = unsafe { ffi::sqlite3_set_authorizer(self.as_ptr(), None, ptr::null_mut()) };
        self.check(code, None)?;
        self.keep_hook(Place::Authorizer, None);
        Ok(())
    }

    pub(crate) fn set_trace<F>(&mut self, events: c_uint, trace: F) -> Result<()>
    where
        F: FnMut(TraceEvent<'_>) + Send + 'static,
    {
        let (hook, data) = Hook::new(self.callbacks(), trace);
        // SAFETY: as for the authorizer.
        let code =
            unsafe { ffi::sqlite3_trace_v2(self.as_ptr(), events, Some(trace::traced::<F>), data) };
        self.check(code, None)?;
        self.keep_hook(Place::Trace, Some(hook));
        Ok(())
    }

    pub(crate) fn clear_trace(&mut self) -> Result<()> {
        // SAFETY: open, by the type invariant.
        let code = unsafe { ffi::sqlite3_trace_v2(self.as_ptr(), 0, None, ptr::null_mut()) };
        self.check(code, None)?;
        self.keep_hook(Place::Trace, None);
        Ok(())
    }

    pub(crate) fn set_collation_needed<F>(&mut self, make: F) -> Result<()>
    where
        F: FnMut(&str) -> Result<Option<Collation>> + Send + 'static,
    {
        self.guard_commits();
        self.note_functions();
        self.keep_to_one_thread();
        let (hook, data) = Hook::new(self.callbacks(), make);
        // SAFETY: as for the authorizer.
        let code =
            unsafe { ffi::sqlite3_collation_needed(self.as_ptr(), data, Some(hook::needed::<F>)) };
        self.check(code, None)?;
        self.keep_hook(Place::CollationNeeded, Some(hook));
        Ok(())
    }

    pub(crate) fn clear_collation_needed(&mut self) -> Result<()> {
        // SAFETY: open, by the type invariant.
        let code = unsafe { ffi::sqlite3_collation_needed(self.as_ptr(), ptr::null_mut(), None) };
        self.check(code, None)?;
        self.keep_hook(Place::CollationNeeded, None);
        Ok(())
    }

    /// Keeps what SQLite calls from now on, and drops what it does not call any more.
    fn keep_hook(&mut self, place: Place, hook: Option<Hook>) {
        self.note_registration();
        let before = self.hooks_mut().replace(place, hook);
        drop(before);
        self.callbacks().resume();
    }

    /// Has SQLite call no hook any more, and gives those that there were.
    pub(super) fn unhook(&mut self) -> Hooks {
        let hooks = mem::take(self.hooks_mut());
        let none = ptr::null_mut();
        if hooks.has(Place::Commit) {
            // SAFETY: open, by the type invariant.
            unsafe { ffi::sqlite3_commit_hook(self.as_ptr(), None, none) };
        }
        if hooks.has(Place::Rollback) {
            // SAFETY: as above.
            unsafe { ffi::sqlite3_rollback_hook(self.as_ptr(), None, none) };
        }
        if hooks.has(Place::Update) {
            // SAFETY: as above.
            unsafe { ffi::sqlite3_update_hook(self.as_ptr(), None, none) };
        }
        if hooks.has(Place::PreUpdate) {
            // SAFETY: as above.
            unsafe { ffi::sqlite3_preupdate_hook(self.as_ptr(), None, none) };
        }
        if hooks.has(Place::Wal) {
            // SAFETY: as above.
            unsafe { ffi::sqlite3_wal_hook(self.as_ptr(), None, none) };
        }
        if hooks.has(Place::Authorizer) {
            // SAFETY: as above.
            unsafe { ffi::sqlite3_set_authorizer(self.as_ptr(), None, none) };
        }
        if hooks.has(Place::Trace) {
            // SAFETY: as above.
            unsafe { ffi::sqlite3_trace_v2(self.as_ptr(), 0, None, none) };
        }
        if hooks.has(Place::CollationNeeded) {
            // SAFETY: as above.
            unsafe { ffi::sqlite3_collation_needed(self.as_ptr(), none, None) };
        }
        hooks
    }
}
