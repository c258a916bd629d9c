namespace Net.Mesh.Capabilities;

/// <summary>Something that a predicate can be asked of: a row of an answer with tags and metadata.</summary>
public interface IPredicateRow
{
    /// <summary>What the row says of itself.</summary>
    CapabilitySet Capabilities { get; }
}
