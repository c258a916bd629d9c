namespace Net.Mesh.Capabilities;

/// <summary>What a <see cref="Predicate"/> asks (spec 04 §13.1).</summary>
public enum PredicateKind : byte
{
    /// <summary>Whether there is any tag of the key, with a value or without.</summary>
    Exists,

    /// <summary>Whether some tag of the key has exactly this value.</summary>
    ValueEquals,

    /// <summary>Whether some tag of the key has a number that is not smaller.</summary>
    AtLeast,

    /// <summary>Whether some tag of the key has a number that is not larger.</summary>
    AtMost,

    /// <summary>Whether some tag of the key has a number between two, both included.</summary>
    InRange,

    /// <summary>Whether some tag of the key has a version that is not older.</summary>
    SemverAtLeast,

    /// <summary>Whether some tag of the key has a version that is not newer.</summary>
    SemverAtMost,

    /// <summary>Whether some tag of the key has a version that the caret rule takes for this one.</summary>
    SemverCompatible,

    /// <summary>Whether some tag of the key has a value that starts so.</summary>
    StartsWith,

    /// <summary>Whether some tag of the key has a value with this text in it.</summary>
    Contains,

    /// <summary>Whether the metadata have an entry of this name.</summary>
    MetadataExists,

    /// <summary>Whether the metadata's entry is exactly this text.</summary>
    MetadataEquals,

    /// <summary>Whether the metadata's entry has this text in it.</summary>
    MetadataContains,

    /// <summary>Whether the metadata's entry is a number that is not smaller.</summary>
    MetadataAtLeast,

    /// <summary>Whether all of the clauses are true; true when there are none.</summary>
    And,

    /// <summary>Whether one of the clauses is true; false when there are none.</summary>
    Or,

    /// <summary>Whether the clause is false.</summary>
    Not,
}
