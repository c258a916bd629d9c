using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace Net.Mesh.Cortex;

/// <summary>Appends values to a log.</summary>
public static class RedexFileExtensions
{
    extension(RedexFile file)
    {
        /// <summary>Appends a value in postcard.</summary>
        /// <returns>Its sequence.</returns>
        /// <exception cref="RedexException">The log refused.</exception>
        public ulong AppendPostcard<T>(T value, PostcardCodec<T> codec)
        {
            ArgumentNullException.ThrowIfNull(codec);
            var bytes = new ArrayBufferWriter<byte>();
            codec.Encode(value, bytes);
            return file.Append(bytes.WrittenSpan);
        }

        /// <summary>Appends a value in postcard, as <see cref="PostcardSerializer"/> writes it.</summary>
        /// <returns>Its sequence.</returns>
        /// <exception cref="NotSupportedException">The type cannot be written.</exception>
        /// <exception cref="RedexException">The log refused.</exception>
        [RequiresUnreferencedCode("It reads properties and constructors by reflection. Give a PostcardCodec<T> instead.")]
        [RequiresDynamicCode("It makes generic codecs at run time. Give a PostcardCodec<T> instead.")]
        public ulong AppendPostcard<T>(T value) => file.AppendPostcard(value, PostcardSerializer.CodecOf<T>());

        /// <summary>
        /// Appends an event and folds it into a state of the caller's own: for a log with this one writer, whose state then never lags. When the fold fails or cannot read it, the event is
        /// in the log all the same.
        /// </summary>
        /// <param name="payload">The event.</param>
        /// <param name="fold">What it does.</param>
        /// <param name="state">The state.</param>
        /// <param name="fault">Why the fold left it out; <see cref="EventFault.None"/> when it did not.</param>
        /// <returns>Its sequence.</returns>
        /// <exception cref="RedexException">The log refused.</exception>
        public ulong AppendAndFold<TState>(ReadOnlySpan<byte> payload, IRedexFold<TState> fold, ref TState state, out EventFault fault)
        {
            ArgumentNullException.ThrowIfNull(fold);
            ulong seq = file.Append(payload);
            fault = file.TryReadOne(seq, out RedexEvent read) ? fold.Apply(in read, ref state) : EventFault.BadChecksum;
            return seq;
        }
    }
}
