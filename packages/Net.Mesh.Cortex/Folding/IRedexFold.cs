namespace Net.Mesh.Cortex;

/// <summary>What the events of a log make of a state. It is called in the order of the sequences, never twice at once.</summary>
/// <remarks>
/// The same events have to give the same state, whenever they are folded: no clock, no randomness, nothing from outside. It has to be
/// quick, for readers of the state wait for it, and it must not write to the log.
/// </remarks>
/// <typeparam name="TState">The state: a class that is changed in place, or a value that is put in its place.</typeparam>
public interface IRedexFold<TState>
{
    /// <summary>Folds one event.</summary>
    /// <param name="read">The event; its payload may be kept.</param>
    /// <param name="state">The state, to be changed or replaced; left as it is when the event cannot be read.</param>
    /// <returns><see cref="EventFault.None"/>; or why the event cannot be read: then it is skipped. An exception is a failure of the fold, except a <see cref="RedexException"/> of the kind <see cref="RedexErrorKind.Decode"/>, which skips the event too.</returns>
    EventFault Apply(in RedexEvent read, ref TState state);
}
