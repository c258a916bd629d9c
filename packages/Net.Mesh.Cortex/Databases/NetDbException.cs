namespace Net.Mesh.Cortex;

/// <summary>A database could not do what was asked.</summary>
/// <param name="error">Why.</param>
/// <param name="message">What was wrong, with which value, and what to do.</param>
/// <param name="innerException">The cause, when there is one.</param>
public sealed class NetDbException(NetDbErrorKind error, string message, Exception? innerException = null)
    : MeshException(KindOf(error), message, innerException)
{
    /// <summary>Why.</summary>
    public NetDbErrorKind Error { get; } = error;

    private static string KindOf(NetDbErrorKind error) => error switch
    {
        NetDbErrorKind.NoModelsEnabled => "no-models-enabled",
        NetDbErrorKind.ModelNotEnabled => "model-not-enabled",
        _ => "snapshot",
    };
}
