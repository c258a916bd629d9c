namespace Net.Mesh.Testing;

/// <summary>What became of a datagram on the simulated network.</summary>
public enum DatagramFate
{
    /// <summary>It left its sender and is on its way.</summary>
    Sent,

    /// <summary>It is about to be handed to its receiver.</summary>
    Delivered,

    /// <summary>Lost by chance: <see cref="LinkProfile.Loss"/>.</summary>
    LostByChance,

    /// <summary>Lost because the link was blocked when it was sent or when it would have arrived.</summary>
    LostToBlock,

    /// <summary>Lost because nobody has its destination address, or no longer.</summary>
    LostToNobody,

    /// <summary>Lost because it is larger than the link's <see cref="LinkProfile.MtuBytes"/>.</summary>
    LostToMtu,

    /// <summary>Lost because the link's queue, the receiver's buffer or the whole network was full.</summary>
    LostToFullQueue,

    /// <summary>Lost because the test's <see cref="SimulatedNetwork.Filter"/> said so.</summary>
    LostToFilter,
}
