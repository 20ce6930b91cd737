from relcore.storage.serde import kind_of


def from_json(entity, plain):
    hooks = kind_of(entity).hooks
    if hooks.keys() != plain.keys():
        raise ValueError("keys")
    return entity(**{n: hooks[n](v) for n, v in plain.items()})
