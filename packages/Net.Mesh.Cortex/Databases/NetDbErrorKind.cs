namespace Net.Mesh.Cortex;

/// <summary>Why a database could not do what was asked (spec 06 §7.4, §7.5).</summary>
public enum NetDbErrorKind
{
    /// <summary>It was to be built without any model.</summary>
    NoModelsEnabled,

    /// <summary>It was built without the model that was asked for.</summary>
    ModelNotEnabled,

    /// <summary>The bytes are no snapshot of a database.</summary>
    Snapshot,
}
