namespace Net.Mesh.Cortex.Memories;

/// <summary>The model of memories.</summary>
internal sealed class MemoriesModel() : CortexModel<MemoriesState>(CortexChannels.Memories, static () => new MemoriesState(), new Folder())
{
    public static MemoriesModel Instance { get; } = new() { StateCodec = MemoriesSnapshot.StateCodec };

    private sealed class Folder : IRedexFold<MemoriesState>
    {
        public EventFault Apply(in RedexEvent read, ref MemoriesState state) => MemoriesFold.Apply(read.Payload.Span, state);
    }
}
