namespace Net.Mesh.Transport.Tests.Support;

/// <summary>Sends everything back to where it came from, the way a node would: as batches, from the same transport.</summary>
internal sealed class Echo(IDatagramTransport transport) : IDatagramReceiver
{
    private readonly DatagramBatch _out = new(1024 * 1024, 1024);

    public void OnReceived(DatagramBatch batch)
    {
        for (int i = 0; i < batch.Count; i++)
        {
            if (!_out.HasRoomFor(batch.LengthOf(i)))
                Flush();
            batch[i].CopyTo(_out.Reserve(batch.LengthOf(i)));
            _out.Commit(batch.LengthOf(i), batch.AddressOf(i));
        }
        Flush();
    }

    private void Flush()
    {
        transport.Send(_out);
        _out.Clear();
    }
}
