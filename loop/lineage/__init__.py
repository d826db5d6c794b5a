"""What a row came from and what rests on it, both ways: questions to the store and the registry alone.

    resolve.resolve(connection, promotions, text, stage=None) -> Found     whose id this is the beginning of
    walk.walk(connection, promotions, found, limit) -> Lineage             upwards and downwards, counted, a few shown
    service.promotions(registry) -> tuple[Promotion, ...]                  what the registry alone knows
    resting.*                                                              what rests on a wrong oracle or task

Nothing is changed here, and no set of samples is ever held: they are counted where they lie, and a few are shown.
"""
