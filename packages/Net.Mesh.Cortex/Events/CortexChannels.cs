namespace Net.Mesh.Cortex;

/// <summary>The channels that the built-in models keep their logs in.</summary>
public static class CortexChannels
{
    /// <summary><c>cortex/tasks</c>.</summary>
    public static ChannelName Tasks { get; } = ChannelName.Create("cortex/tasks");

    /// <summary><c>cortex/memories</c>.</summary>
    public static ChannelName Memories { get; } = ChannelName.Create("cortex/memories");
}
