namespace Net.Mesh.Cortex;

/// <summary>A kind of folded state: where its events are, how it begins and what an event does. Tasks and memories are two; yours is one too.</summary>
/// <param name="channel">The log's name.</param>
/// <param name="createInitial">The state before the first event; a new one on each call.</param>
/// <param name="fold">What an event does.</param>
/// <typeparam name="TState">The state.</typeparam>
public class CortexModel<TState>(ChannelName channel, Func<TState> createInitial, IRedexFold<TState> fold)
{
    /// <summary>The log's name.</summary>
    public ChannelName Channel { get; } = channel;

    /// <summary>The state before the first event; a new one on each call.</summary>
    public Func<TState> CreateInitial { get; } = createInitial ?? throw new ArgumentNullException(nameof(createInitial));

    /// <summary>What an event does.</summary>
    public IRedexFold<TState> Fold { get; } = fold ?? throw new ArgumentNullException(nameof(fold));

    /// <summary>Writes and reads the state, for snapshots; null, the default, for a model without.</summary>
    public PostcardCodec<TState>? StateCodec { get; init; }
}

/// <summary>What an event does to a state.</summary>
/// <param name="value">The event.</param>
/// <param name="state">The state, to be changed or replaced.</param>
/// <typeparam name="TState">The state.</typeparam>
/// <typeparam name="TEvent">The events.</typeparam>
public delegate void FoldStep<TState, in TEvent>(TEvent value, ref TState state);
