"""What goes wrong with a store, in a sentence for its user."""


class StoreError(Exception):
    """A store cannot be opened, read or written; the message says what to do."""


class DamagedError(StoreError):
    """Something in a store is not what Innerview writes; the rest may well be."""


class ReadOnlyError(StoreError):
    """The store can only be read, as another program writes it."""
