"""What somebody with root can do to a data directory's state: rows read and put into the LMDB files
by the library itself (liblmdb by ctypes), past the server and its indexes."""

import contextlib
import ctypes

VALUE_PLAIN = b"\1"  # before each row (server/store/value.h)
RDONLY = 0x20000
NOLOCK = 0x400000
FIRST, NEXT = 0, 8
NOT_FOUND = -30798
DATABASES_MAX = 128
MAP_SIZE = 1 << 30


class Value(ctypes.Structure):
    _fields_ = [("size", ctypes.c_size_t), ("data", ctypes.c_void_p)]

    @classmethod
    def of(cls, data):
        kept = ctypes.create_string_buffer(data, len(data))
        value = cls(len(data), ctypes.cast(kept, ctypes.c_void_p))
        value.kept = kept
        return value

    def bytes(self):
        return ctypes.string_at(self.data, self.size)


def _lmdb():
    library = ctypes.CDLL("liblmdb.so.0")
    library.mdb_strerror.restype = ctypes.c_char_p
    library.mdb_env_set_mapsize.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
    for name in ("mdb_env_close", "mdb_txn_abort", "mdb_txn_commit", "mdb_cursor_close"):
        getattr(library, name).argtypes = [ctypes.c_void_p]
    library.mdb_put.argtypes = [ctypes.c_void_p, ctypes.c_uint, ctypes.c_void_p, ctypes.c_void_p,
                                ctypes.c_uint]
    library.mdb_del.argtypes = library.mdb_put.argtypes[:4]
    library.mdb_cursor_get.argtypes = library.mdb_del.argtypes[:1] + [ctypes.c_void_p] * 2 + [
        ctypes.c_int]
    return library


LMDB = _lmdb()


def _must(code):
    if code != 0:
        raise OSError(LMDB.mdb_strerror(code).decode())


class Table:
    """One named database, in an open transaction."""

    def __init__(self, txn, name):
        self.txn = txn
        self.handle = ctypes.c_uint()
        _must(LMDB.mdb_dbi_open(txn, name.encode(), 0, ctypes.byref(self.handle)))

    def items(self):
        """(key, value) in order, as bytes."""
        cursor, found = ctypes.c_void_p(), []
        _must(LMDB.mdb_cursor_open(self.txn, self.handle, ctypes.byref(cursor)))
        key, value, step = Value(), Value(), FIRST
        while (code := LMDB.mdb_cursor_get(cursor, ctypes.byref(key), ctypes.byref(value),
                                           step)) == 0:
            found.append((key.bytes(), value.bytes()))
            step = NEXT
        LMDB.mdb_cursor_close(cursor)
        if code != NOT_FOUND:
            _must(code)
        return found

    def put(self, key, value):
        _must(LMDB.mdb_put(self.txn, self.handle, ctypes.byref(Value.of(key)),
                           ctypes.byref(Value.of(value)), 0))

    def delete(self, key):
        _must(LMDB.mdb_del(self.txn, self.handle, ctypes.byref(Value.of(key)), None))

    def rows(self, message):
        """[(key, row)], decoded."""
        return [(key, message.FromString(value[len(VALUE_PLAIN):])) for key, value in self.items()]

    def put_row(self, key, row):
        self.put(key, VALUE_PLAIN + row.SerializeToString())


@contextlib.contextmanager
def state(data, writes=True):
    """A function from a table's name to the Table, in one transaction that is committed at the
    end."""
    env, txn = ctypes.c_void_p(), ctypes.c_void_p()
    _must(LMDB.mdb_env_create(ctypes.byref(env)))
    try:
        _must(LMDB.mdb_env_set_maxdbs(env, DATABASES_MAX))
        _must(LMDB.mdb_env_set_mapsize(env, MAP_SIZE))
        flags = NOLOCK | (0 if writes else RDONLY)
        _must(LMDB.mdb_env_open(env, str(data / "state").encode(), flags, 0o600))
        _must(LMDB.mdb_txn_begin(env, None, 0 if writes else RDONLY, ctypes.byref(txn)))
        try:
            yield lambda name: Table(txn, name)
        except BaseException:
            LMDB.mdb_txn_abort(txn)
            raise
        _must(LMDB.mdb_txn_commit(txn))
    finally:
        LMDB.mdb_env_close(env)
