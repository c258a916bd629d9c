using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Net.Mesh.Transport;

namespace Net.Mesh.Benchmarks.Transport.Udp;

/// <summary>Counts messages and confirms them once a batch; sends pings back, written anew.</summary>
internal sealed class UdpPeer(IDatagramForm form) : IPeer, IDatagramReceiver
{
    private readonly IDatagramTransport _transport = UdpTransport.Create(new() { BindAddress = new(IPAddress.Loopback, 0) }, NullLogger.Instance);
    private readonly DatagramBatch _out = new(256 * 1024);
    private long _messages;
    private long _sequence = 1L << 62; // the two directions share a key, and must not share a nonce

    public Task<(int Port, string CertificateHash)> ListenAsync()
    {
        _transport.Start(this);
        return Task.FromResult(((int)_transport.LocalAddress.Port, ""));
    }

    public void OnReceived(DatagramBatch batch)
    {
        long next = -1;
        for (int i = 0; i < batch.Count; i++)
        {
            int messages = form.Read(batch[i], out DatagramKind kind, out long sequence);
            if (messages < 0)
                continue;
            if (kind == DatagramKind.Ping)
            {
                int length = batch.LengthOf(i);
                form.Write(_out.Reserve(length), kind, _sequence++, form.SizeIn(length));
                _out.Commit(length, batch.AddressOf(i));
                continue;
            }
            _messages += messages;
            next = sequence + 1;
        }
        if (next >= 0)
        {
            PlainForm.WriteConfirmation(_out.Reserve(PlainForm.ConfirmationLength), next, _messages);
            _out.Commit(PlainForm.ConfirmationLength, batch.AddressOf(batch.Count - 1));
        }
        _transport.Send(_out);
        _out.Clear();
    }

    public ValueTask DisposeAsync() => _transport.DisposeAsync();
}
