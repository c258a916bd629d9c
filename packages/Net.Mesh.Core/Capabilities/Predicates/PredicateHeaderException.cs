namespace Net.Mesh.Capabilities;

/// <summary>A <c>net-where</c> header that cannot be written or read. Its kind is <c>predicate-header</c>.</summary>
public sealed class PredicateHeaderException : MeshException
{
    /// <summary>Creates an exception of an error.</summary>
    /// <param name="error">What is wrong.</param>
    /// <param name="message">What is wrong, with the value, and what to do about it.</param>
    public PredicateHeaderException(PredicateWireError error, string message)
        : base("predicate-header", message) => Error = error;

    /// <summary>What is wrong.</summary>
    public PredicateWireError Error { get; }
}
