using Net.Mesh.Wire;

namespace Net.Mesh.Cortex;

/// <summary>A model whose events are values of one type, each in an envelope with its writer and a checksum.</summary>
/// <example>
/// <code>
/// var cart = new CortexModel&lt;Cart, CartEvent&gt;(channel, () =&gt; new Cart(), CartEvent.Codec, (CartEvent e, ref Cart cart) =&gt; cart.Take(e));
/// await using CortexAdapter&lt;Cart, CartEvent&gt; carts = await redex.OpenModelAsync(cart, origin);
/// WriteToken written = await carts.AppendAsync(new CartEvent("book", 2));
/// await carts.WaitForAsync(written, TimeSpan.FromSeconds(1));
/// </code>
/// </example>
/// <param name="channel">The log's name.</param>
/// <param name="createInitial">The state before the first event; a new one on each call.</param>
/// <param name="eventCodec">Writes and reads an event.</param>
/// <param name="apply">What an event does. The same events have to give the same state.</param>
/// <param name="dispatch">What the events are marked with; others in the log are passed over. <see cref="CortexDispatch.FirstOfApplication"/> or above.</param>
/// <typeparam name="TState">The state.</typeparam>
/// <typeparam name="TEvent">The events.</typeparam>
public sealed class CortexModel<TState, TEvent>(
    ChannelName channel, Func<TState> createInitial, PostcardCodec<TEvent> eventCodec, FoldStep<TState, TEvent> apply, byte dispatch = CortexDispatch.FirstOfApplication)
    : CortexModel<TState>(channel, createInitial, new EventFold(eventCodec, apply, dispatch))
{
    /// <summary>Writes and reads an event.</summary>
    public PostcardCodec<TEvent> EventCodec { get; } = eventCodec;

    /// <summary>What the events are marked with.</summary>
    public byte Dispatch { get; } = dispatch;

    private sealed class EventFold(PostcardCodec<TEvent> codec, FoldStep<TState, TEvent> apply, byte dispatch) : IRedexFold<TState>
    {
        private readonly PostcardCodec<TEvent> _codec = codec ?? throw new ArgumentNullException(nameof(codec));
        private readonly FoldStep<TState, TEvent> _apply = apply ?? throw new ArgumentNullException(nameof(apply));

        public EventFault Apply(in RedexEvent read, ref TState state)
        {
            EventFault fault = EventEnvelope.TryRead(read.Payload.Span, out EventMeta meta, out ReadOnlySpan<byte> tail);
            if (fault != EventFault.None || meta.Dispatch != dispatch)
                return fault;
            if (!_codec.TryDecode(tail, out TEvent? value))
                return EventFault.BadTail;
            _apply(value, ref state);
            return EventFault.None;
        }
    }
}
