//! What of a damaged journal is proved.
//!
//! A record is kept if it hangs, hash by hash, on a place that is known: the beginning of all, the
//! place the manifest names, or the record that a sound snapshot stands for. Of several such chains
//! the one that reaches furthest is taken. Where two records claim one place, the one that leads to
//! an acknowledged record wins, then the one that the database itself gives; else the chain ends
//! there.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::Arc;

use polyfolio_ports::{Blob, Seq};

use super::carve::{Carved, carve};
use crate::engine::{Engine, Medium, calmly, data_dir};
use crate::envelope::{Envelope, Mark};
use crate::head::HeadFile;
use crate::look::copy;
use crate::manifest::Manifest;
use crate::opening::Meta;
use crate::pages::Pages;
use crate::snapshots::{Description, Snapshots};
use crate::{Hash, StoreError};

/// What is kept of a journal.
pub(crate) struct Kept {
    pub(crate) deployment: u32,
    /// Where its first record stands behind.
    pub(crate) start: Mark,
    /// Its last record.
    pub(crate) end: Mark,
    /// The records, in order.
    pub(crate) envelopes: Vec<Envelope>,
    /// Oldest first.
    pub(crate) snapshots: Vec<(Description, Blob)>,
    /// How many of the records the database did not give.
    pub(crate) carved: u64,
    /// The last record that is known to have been acknowledged.
    pub(crate) known: Seq,
}

/// A record that may be one of the journal's.
struct Candidate {
    envelope: Envelope,
    hash: Hash,
    /// Whether the database gives it.
    is_given: bool,
}

/// Everything that was found, whatever it is worth.
#[derive(Default)]
struct Found {
    by_seq: BTreeMap<Seq, Vec<Candidate>>,
    snapshots: Vec<(Description, Blob)>,
    deployment: Option<u32>,
}

/// Collects what is sound. The directory is held by the caller, and only read.
pub(super) fn gather(dir: &Path) -> Result<Kept, StoreError> {
    let mut found = Found::default();
    for bytes in data_files(&data_dir(dir))? {
        found.take_carved(carve(&bytes));
    }
    // Of what an engine says of damaged files only that is believed which proves itself.
    let _ = found.take_given(dir);
    let manifest = Manifest::read(dir).ok().flatten();
    let is_ours = |of: &Manifest| found.deployment.is_none_or(|id| id == of.deployment);
    let manifest = manifest.filter(is_ours);
    let head = HeadFile::read(dir).ok().flatten();
    let deployment = found
        .deployment
        .or(manifest.as_ref().map(|of| of.deployment));
    let deployment = deployment.ok_or_else(|| StoreError::Hopeless {
        path: dir.to_owned(),
        what: "neither its manifest nor its database says whose orders these are; \
               restore the directory from a backup"
            .to_owned(),
    })?;
    let sealed = manifest.as_ref().map(|of| of.sealed);
    let acknowledged: Vec<Mark> = [sealed, head].into_iter().flatten().collect();
    let start = manifest.map(|of| of.start);
    let known = acknowledged.iter().map(|mark| mark.seq).max().unwrap_or(0);
    Ok(found.longest(deployment, start, &acknowledged, known))
}

impl Found {
    fn take(&mut self, envelope: Envelope, is_given: bool) {
        let hash = envelope.mark().hash;
        let claims = self.by_seq.entry(envelope.seq).or_default();
        match claims.iter_mut().find(|claim| claim.hash == hash) {
            Some(known) => known.is_given |= is_given,
            None => claims.push(Candidate {
                envelope,
                hash,
                is_given,
            }),
        }
    }

    fn take_carved(&mut self, carved: Carved) {
        for envelope in carved.envelopes {
            self.take(envelope, false);
        }
        self.snapshots.extend(carved.snapshots);
        self.deployment = carved.deployment.or(self.deployment);
    }

    /// Everything that the database still gives, if it opens.
    fn take_given(&mut self, dir: &Path) -> Result<(), StoreError> {
        let Some(engine) = Engine::found(dir)? else {
            return Ok(());
        };
        let copied = copy(dir)?;
        let medium: Arc<dyn Medium> = Arc::from(engine.open(copied.path())?);
        if let Ok(Some(meta)) = Meta::read(&*medium, copied.path()) {
            self.deployment = Some(meta.deployment);
        }
        calmly(dir, || {
            for commit in Pages::new(Arc::clone(&medium)).commits(Mark::START, 0)? {
                for line in commit?.lines.split(|byte| *byte == b'\n') {
                    if let Ok(envelope) = Envelope::open(line) {
                        self.take(envelope, true);
                    }
                }
            }
            Ok(())
        })?;
        let snapshots = calmly(dir, || Snapshots::new(medium).sound())?;
        self.snapshots.extend(snapshots);
        Ok(())
    }

    /// The chain that reaches furthest; of those that reach equally far, the longest.
    fn longest(
        &mut self,
        deployment: u32,
        start: Option<Mark>,
        acknowledged: &[Mark],
        known: Seq,
    ) -> Kept {
        self.snapshots.sort_by_key(|(of, _)| of.mark().seq);
        let path = self.leading_to(acknowledged);
        let anchors = [Some(Mark::START), start].into_iter().flatten();
        let taken = self.snapshots.iter().map(|(of, _)| of.mark());
        let anchors: Vec<Mark> = anchors.chain(taken).collect();
        let chains = anchors.into_iter().map(|anchor| {
            let chain = self.chain_from(anchor, &path);
            (anchor, chain)
        });
        let usable = chains.filter(|(anchor, chain)| self.stands(*anchor, chain));
        let best = usable.max_by_key(|(anchor, chain)| {
            let end = chain.last().map_or(anchor.seq, |last| last.envelope.seq);
            // What was dropped stays dropped.
            let is_named = Some(*anchor) == start;
            (end, is_named, std::cmp::Reverse(anchor.seq))
        });
        let (start, chain) = best.unwrap_or((Mark::START, Vec::new()));
        let end = chain.last().map_or(start, |last| last.mark());
        let places: BTreeSet<(Seq, [u8; 32])> = chain
            .iter()
            .map(|claim| claim.mark())
            .chain([start])
            .map(|mark| (mark.seq, mark.hash.bytes()))
            .collect();
        let in_chain = |of: &Description| {
            let mark = of.mark();
            places.contains(&(mark.seq, mark.hash.bytes()))
        };
        let mut snapshots = self.snapshots.clone();
        snapshots.retain(|(of, _)| in_chain(of));
        snapshots.dedup_by_key(|(of, _)| of.mark().seq);
        Kept {
            deployment,
            start,
            end,
            carved: chain.iter().filter(|claim| !claim.is_given).count() as u64,
            envelopes: chain.iter().map(|claim| claim.envelope.clone()).collect(),
            snapshots,
            known,
        }
    }

    /// The records from which hashes lead to an acknowledged one.
    fn leading_to(&self, acknowledged: &[Mark]) -> BTreeSet<[u8; 32]> {
        let mut path = BTreeSet::new();
        for mark in acknowledged {
            let mut mark = *mark;
            while let Some(claim) = self.claim(mark)
                && path.insert(claim.hash.bytes())
            {
                mark = Mark {
                    seq: mark.seq - 1,
                    hash: claim.envelope.prev,
                };
            }
        }
        path
    }

    fn claim(&self, mark: Mark) -> Option<&Candidate> {
        let claims = self.by_seq.get(&mark.seq)?;
        claims.iter().find(|claim| claim.hash == mark.hash)
    }

    /// The records that hang on `anchor`, up to the end of the last whole batch.
    fn chain_from(&self, anchor: Mark, path: &BTreeSet<[u8; 32]>) -> Vec<&Candidate> {
        let mut chain: Vec<&Candidate> = Vec::new();
        let mut end = anchor;
        while let Some(next) = self.behind(end, path) {
            end = next.mark();
            chain.push(next);
        }
        let whole = chain.iter().rposition(|claim| claim.envelope.more == 0);
        chain.truncate(whole.map_or(0, |last| last + 1));
        chain
    }

    /// The one record that stands behind a place.
    fn behind(&self, mark: Mark, path: &BTreeSet<[u8; 32]>) -> Option<&Candidate> {
        let claims = self.by_seq.get(&(mark.seq + 1))?;
        let claims: Vec<_> = claims
            .iter()
            .filter(|claim| claim.envelope.prev == mark.hash)
            .collect();
        only(&claims, |claim| path.contains(&claim.hash.bytes()))
            .or_else(|| only(&claims, |claim| claim.is_given))
            .or_else(|| only(&claims, |_| true))
    }

    /// Whether a chain gives a state: it begins with the first record of all, or a snapshot stands
    /// in it.
    fn stands(&self, anchor: Mark, chain: &[&Candidate]) -> bool {
        anchor == Mark::START
            || self.snapshots.iter().any(|(of, _)| {
                let mark = of.mark();
                mark == anchor || chain.iter().any(|claim| claim.mark() == mark)
            })
    }
}

impl Candidate {
    fn mark(&self) -> Mark {
        Mark {
            seq: self.envelope.seq,
            hash: self.hash,
        }
    }
}

/// The one claim of which something is true.
fn only<'a>(claims: &[&'a Candidate], is_so: impl Fn(&Candidate) -> bool) -> Option<&'a Candidate> {
    let mut so = claims.iter().copied().filter(|claim| is_so(claim));
    so.next().filter(|_| so.next().is_none())
}

fn data_files(dir: &Path) -> Result<Vec<Vec<u8>>, StoreError> {
    let mut files = Vec::new();
    let Ok(entries) = fs::read_dir(dir) else {
        return Ok(files);
    };
    for entry in entries {
        let path = entry
            .map_err(|source| StoreError::reading(dir, source))?
            .path();
        if path.is_file() {
            files.push(fs::read(&path).map_err(|source| StoreError::reading(&path, source))?);
        }
    }
    Ok(files)
}
