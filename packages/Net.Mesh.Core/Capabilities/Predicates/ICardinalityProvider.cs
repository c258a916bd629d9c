namespace Net.Mesh.Capabilities;

/// <summary>Knows how many different values a key has among the nodes that are known; an index does.</summary>
public interface ICardinalityProvider
{
    /// <summary>How many different values tags of the key have; 0 when that is not known.</summary>
    int DistinctValues(TagKey key);
}
