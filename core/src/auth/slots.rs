use super::Key;
use super::slot::Slot;

/// The slots of a client by their keys. A list in order: a client has few of them, and a map of its own would be a tenth of a page's download.
#[derive(Debug, Default)]
pub(super) struct Slots(Vec<(Key, Slot)>);

impl Slots {
    /// The slot of that key, made when it is not there.
    pub(super) fn of(&mut self, key: &Key) -> &mut Slot {
        let place = self.place(key).unwrap_or_else(|place| {
            self.0.insert(place, (key.clone(), Slot::default()));
            place
        });
        #[allow(clippy::indexing_slicing, reason = "the place was found in this list")]
        &mut self.0[place].1
    }

    pub(super) fn get(&self, key: &Key) -> Option<&Slot> {
        self.place(key).ok().and_then(|place| self.0.get(place)).map(|(_, slot)| slot)
    }

    pub(super) fn get_mut(&mut self, key: &Key) -> Option<&mut Slot> {
        self.place(key).ok().and_then(|place| self.0.get_mut(place)).map(|(_, slot)| slot)
    }

    #[cfg(feature = "store")]
    pub(super) fn iter(&self) -> impl Iterator<Item = &(Key, Slot)> {
        self.0.iter()
    }

    pub(super) fn values_mut(&mut self) -> impl Iterator<Item = &mut Slot> {
        self.0.iter_mut().map(|(_, slot)| slot)
    }

    #[cfg(feature = "oauth")]
    pub(super) fn remove(&mut self, key: &Key) {
        if let Ok(place) = self.place(key) {
            self.0.remove(place);
        }
    }

    /// Where the key is, or else belongs.
    fn place(&self, key: &Key) -> Result<usize, usize> {
        self.0.binary_search_by(|(known, _)| known.cmp(key))
    }
}
