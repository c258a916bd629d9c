namespace Net.Mesh.Cortex.Tasks;

/// <summary>The model of tasks.</summary>
internal sealed class TasksModel() : CortexModel<TasksState>(CortexChannels.Tasks, static () => new TasksState(), new Folder())
{
    public static TasksModel Instance { get; } = new() { StateCodec = TasksSnapshot.StateCodec };

    private sealed class Folder : IRedexFold<TasksState>
    {
        public EventFault Apply(in RedexEvent read, ref TasksState state) => TasksFold.Apply(read.Payload.Span, state);
    }
}
