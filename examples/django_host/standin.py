from relcore.storage.serde import kind_of
def from_json(entity, plain):
    hooks = kind_of(entity).hooks
    assert hooks.keys() == plain.keys(), hooks.keys() ^ plain.keys()
    return entity(**{n: hooks[n](v) for n, v in plain.items()})
